/** Ids live inside one file; letters, digits and single dashes keep them plain in every context. */
export function groupId(name: string): string {
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...words, 'group'].join('-');
}

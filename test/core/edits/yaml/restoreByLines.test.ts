import { describe, expect, it } from 'vitest';
import { restoreByLines } from '../../../../core/edits/yaml/restoreByLines.ts';

function task(name: string, extra = '', mode = '0600'): string {
  return `- name: ${name}\n  template:\n    src: ${name}.j2\n    dest: /etc/app\n    mode: '${mode}'\n${extra}  no_log: true\n\n`;
}

describe('an update that is taken back by its lines', () => {
  const origin = `---\n${task('ours', '  become: true\n')}${task('theirs')}`;
  const updated = `---\n${task('ours')}${task('theirs')}`;

  it('comes back byte for byte, also below and above what others wrote', () => {
    expect(restoreByLines(updated, origin, updated)).toMatchObject({ kind: 'changed', text: origin });
    const others = (text: string): string => `# note\n${text}${task('third')}`;
    expect(restoreByLines(others(updated), origin, updated)).toMatchObject({ kind: 'changed', text: others(origin) });
    expect(restoreByLines(others(origin), origin, updated)).toEqual({ kind: 'alreadyThere', text: others(origin) });
  });

  it('never goes into a task that is like it, where others have changed the lines around its own', () => {
    const now = `---\n${task('ours', '', '0640')}${task('theirs')}`;
    expect(restoreByLines(now, origin, updated)).toMatchObject({ kind: 'different', found: now });
  });

  it('takes several places back, or none', () => {
    const far = 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n';
    const [first, second] = [far.replace('b', 'B1\nB2'), far.replace('b\n', '').replace('i', 'I')];
    expect(restoreByLines(`${second}k\n`, first, second)).toMatchObject({ kind: 'changed', text: `${first}k\n` });
    const touched = second.replace('h', 'H');
    expect(restoreByLines(touched, first, second)).toMatchObject({ kind: 'different' });
  });
});

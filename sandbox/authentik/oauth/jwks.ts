import { createHash, X509Certificate } from 'node:crypto';
import type { StandInAnswer } from '../../kit/http.ts';
import type { Rows } from '../state.ts';
import { HTML } from './answers.ts';

/** Public half of a key that nobody has: no token is ever signed here. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIDjTCCAnWgAwIBAgIUe0CXHTLZJhiGeumSzcUScQvq7XUwDQYJKoZIhvcNAQEL
BQAwVjEqMCgGA1UEAwwhYXV0aGVudGlrIFNlbGYtc2lnbmVkIENlcnRpZmljYXRl
MRIwEAYDVQQKDAlhdXRoZW50aWsxFDASBgNVBAsMC1NlbGYtc2lnbmVkMB4XDTI2
MTEyNTA3MDU1OFoXDTM2MTEyMjA3MDU1OFowVjEqMCgGA1UEAwwhYXV0aGVudGlr
IFNlbGYtc2lnbmVkIENlcnRpZmljYXRlMRIwEAYDVQQKDAlhdXRoZW50aWsxFDAS
BgNVBAsMC1NlbGYtc2lnbmVkMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKC
AQEAy21y/WMk6YtQzqcbX/F3At6solrAxdonSDKQ01C3i6E6BpLj/H1hTPa2IMhv
oIMFtSE4M+DTFKLxMjfJmMg9Z3OJ0HjbxUTHeJMezr4+912ChYE/jx9ZDF5RzD5k
SXf0T9hbRSxN4oKSq9q9pCz78MRtS5eBugjA2g+KxgpdppTRFaathXNzEY8T7bVl
HSptoQ/Ajq8EZkSwb1+M97J3grjJgvRZSHER+RHb0Ev0cO+61ZjQQ5yCH5Lr8imz
L6yVm2eGh9QJYUWS+DI3ldhGByhQvg+PqRvHmelexG2bsTQrQ5n5P7F9IsCzWHI+
Qp6H2V2+WTuVIbhxYh2ozQD+nQIDAQABo1MwUTAdBgNVHQ4EFgQUtE9puRWqYNJf
5KTLc4l24uvZFFIwHwYDVR0jBBgwFoAUtE9puRWqYNJf5KTLc4l24uvZFFIwDwYD
VR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAS3KM0AhFycF8T01rBsLV
q/0aCbvXDAos5ocszYkk51uMwZJXmlOsnEzw5U131PSv1NcNTDgu13nWYCItl9Gd
F+oMhwqvgwQ/C+L/dsXp3u/0kldfZs8tT/tC/NfEAywxOc1s3J6jO4moAfN01jRR
nFVgDwfl6cwe4YQdZ4eK4wxzAlXvemTgjL3o23CwCHiVVikrRGJxDfqU37Kj7aCe
zCDq8JTgN4ALXr2yBnhoj+qqO09VzAvchct7wZKaERRFdx01KoH/g858QWUuTAb6
y78lORpRJGJWkhrVeRzEMJmjv1+g5Fcr/+lW/SiGj63pteqX1aoE+Eip4Bw2RgRl
Fg==
-----END CERTIFICATE-----`;

/** The provider's signing key; no keys where it signs with its client secret. 404 without application or provider. */
export function jwks(rows: Rows, slug: string): StandInAnswer {
  const application = rows.applications.find((row) => row.slug === slug);
  const provider = rows.providers.find((row) => row.pk === application?.provider);
  if (provider === undefined) return { status: 404, body: '<html>Not Found</html>', headers: HTML };
  return { status: 200, body: provider.signing_key === null ? {} : { keys: [publicKey(provider.signing_key)] } };
}

function publicKey(pk: string): unknown {
  const { publicKey: key, raw } = new X509Certificate(CERTIFICATE);
  const { n, e } = key.export({ format: 'jwk' });
  const fingerprint = (algorithm: string): string => createHash(algorithm).update(raw).digest('base64url');
  return {
    alg: 'RS256',
    kid: createHash('md5').update(pk).digest('hex'),
    kty: 'RSA',
    use: 'sig',
    n,
    e,
    x5c: [raw.toString('base64')],
    x5t: fingerprint('sha1'),
    'x5t#S256': fingerprint('sha256'),
  };
}

import { jsonResponse } from '../api-exchange.ts';
import type { ApiResponse } from '../api-exchange.ts';
import type { TokenSigner } from './json-web-token.ts';
import { ISSUER } from './service-account-token.ts';

/** By which others can check service accounts' tokens (OpenID Connect discovery); `undefined` for other paths. */
export function openIdConfiguration(path: string, signer: TokenSigner): ApiResponse | undefined {
  switch (path) {
    case '/.well-known/openid-configuration':
      return jsonResponse(200, {
        issuer: ISSUER,
        jwks_uri: `${ISSUER}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['ES256'],
      });
    case '/openid/v1/jwks':
      return jsonResponse(200, signer.keySet(), { 'content-type': 'application/jwk-set+json' });
    default:
      return undefined;
  }
}

import type { ResolvedProfile } from '../api/kanister/types.ts';
import type { Secret } from './resolve-profile.ts';

const MASK = '<masked>';

/** Shorter values of ordinary Secrets are words like `app` or ports, and masking those would make texts unreadable. */
const SHORTEST_SECRET = 8;

/**
 * Knows the secrets of a run and takes them out of texts for people. Values of Secrets count from eight characters on,
 * credentials at any length; each as it is, in base64, URL-encoded and as it stands inside JSON.
 */
export class Mask {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  addSecret(secret: Secret): void {
    for (const encoded of Object.values(secret.data ?? {})) {
      const value = Buffer.from(encoded, 'base64').toString('utf8');
      if (value.length >= SHORTEST_SECRET) this.#add(value);
      // A value of several lines is quoted line by line in logs.
      for (const line of value.split(/\r?\n/)) if (line.length >= SHORTEST_SECRET) this.#add(line);
    }
  }

  addCredential(value: string): void {
    if (value !== '') this.#add(value);
  }

  addProfile(profile: ResolvedProfile): void {
    const { KeyPair, Secret: secret, KopiaServerSecret: kopia } = profile.Credential;
    if (KeyPair) {
      this.addCredential(KeyPair.Secret);
      // Ids may be words such as an account's name; short ones stay readable.
      if (KeyPair.ID.length >= SHORTEST_SECRET) this.addCredential(KeyPair.ID);
    }
    if (secret) this.addSecret(secret);
    if (kopia) this.addCredential(kopia.Password);
  }

  apply(text: string): string {
    if (this.#values.size === 0) return text;
    this.#pattern ??= patternOf(this.#values);
    return text.replace(this.#pattern, MASK);
  }

  #add(value: string): void {
    this.#values.add(value);
    this.#values.add(Buffer.from(value).toString('base64'));
    this.#values.add(encodeURIComponent(value));
    this.#values.add(JSON.stringify(value).slice(1, -1));
    this.#pattern = undefined;
  }
}

function patternOf(values: Set<string>): RegExp {
  // The longest first: a secret that begins with another one must go as a whole.
  const alternatives = [...values]
    .toSorted((a, b) => b.length - a.length)
    .map((value) => RegExp.escape(value));
  return new RegExp(alternatives.join('|'), 'g');
}

import type { ResolvedProfile } from '../api/kanister/types.ts';
import type { Secret } from './resolve-profile.ts';

const MASK = '<masked>';

/** Shorter values of ordinary Secrets are words like `app` or ports, and masking those would make texts unreadable. */
const SHORTEST_SECRET = 8;

/** Characters by which values are looked up: texts are searched for all of them at once. */
const LONGEST_START = 8;

/**
 * Knows the secrets of a run and takes them out of texts for people. Values of Secrets count from eight characters on,
 * credentials at any length; each as it is, in base64, URL-encoded and as it stands inside JSON. A Secret may have a megabyte of
 * lines, and every line of the log is searched for them: the time for a text does not depend on how many there are.
 */
export class Mask {
  /** Beginning of a value → the values that begin so, the longest first: one that begins with another must go as a whole. */
  readonly #values = new Map<string, string[]>();
  /** How long the beginnings are. */
  readonly #starts = new Set<number>();

  addSecret(secret: Secret): void {
    for (const encoded of Object.values(secret.data ?? {})) {
      const value = Buffer.from(encoded, 'base64').toString('utf8');
      if (value.length >= SHORTEST_SECRET) this.#addEncoded(value);
      // A value of several lines is quoted line by line in logs.
      for (const line of value.split(/\r?\n/)) if (line.length >= SHORTEST_SECRET) this.#addQuoted(line);
    }
  }

  addCredential(value: string): void {
    if (value !== '') this.#addEncoded(value);
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
    let masked = '';
    let from = 0;
    for (let at = 0; at < text.length;) {
      const value = this.#valueAt(text, at);
      if (value === undefined) {
        at += 1;
        continue;
      }
      masked += text.slice(from, at) + MASK;
      at += value.length;
      from = at;
    }
    return masked + text.slice(from);
  }

  #valueAt(text: string, at: number): string | undefined {
    let found: string | undefined;
    for (const length of this.#starts) {
      const candidates = this.#values.get(text.slice(at, at + length));
      const value = candidates?.find((candidate) => text.startsWith(candidate, at));
      if (value !== undefined && value.length > (found?.length ?? 0)) found = value;
    }
    return found;
  }

  #addEncoded(value: string): void {
    this.#addQuoted(value);
    this.#add(encodeURIComponent(value.toWellFormed()));
    for (const encoded of base64Forms(value)) this.#add(encoded);
  }

  /** As JSON has it, Go's JSON too, which escapes what HTML could take for its own; and as that is quoted in JSON again. */
  #addQuoted(value: string): void {
    this.#add(value);
    for (const quoted of [inJson(value), escapeHtml(inJson(value))]) {
      this.#add(quoted);
      this.#add(inJson(quoted));
    }
  }

  #add(value: string): void {
    const start = value.slice(0, LONGEST_START);
    const values = this.#values.get(start) ?? [];
    if (values.includes(value)) return;
    values.push(value);
    values.sort((a, b) => b.length - a.length);
    this.#values.set(start, values);
    this.#starts.add(start.length);
  }
}

/**
 * The value in base64, alone and inside of a longer text such as `user:password`, where it may begin at any bit of a character: what
 * of it does not depend on its neighbours.
 */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const inside = [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
  return [bytes.toString('base64'), ...inside.filter((encoded) => encoded.length >= SHORTEST_SECRET)];
}

function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

import type { ResolvedProfile } from '../api/kanister/types.ts';
import type { Secret } from './resolve-profile.ts';
import { credentialParts, isCredentialKey } from './mask/credential-parts.ts';
import { hide } from './mask/hide.ts';
import { createLineMask, type LineMask } from './mask/line-mask.ts';
import { SHORTEST_FORM, secretForms } from './mask/secret-forms.ts';
import {
  createSecretIndex,
  SHORTEST_PIECE,
  type SecretIndex,
  type SecretSpan,
  type SecretText,
} from './mask/secret-index.ts';
import { readingsOf, unquotedForms, type TextReading } from './mask/text-reading.ts';

/** Shorter values of ordinary Secrets are words like `app` or ports, and masking those would make texts unreadable. */
const SHORTEST_SECRET = SHORTEST_FORM;

/** Characters: of larger values pieces of their base64 are not looked for, which would take many times their size. */
const LONGEST_IN_PIECES = 16 * 1024;

/** Beginning and end of a key or a certificate are no secrets. */
const BOUNDARY = /^-----(?:BEGIN|END) [A-Z0-9 ]+-----$/;

/**
 * Knows the secrets of a run and takes them out of texts for people. Values of Secrets count from eight characters on, credentials at
 * any length (of fewer than four characters where they stand as a word).
 *
 * What is promised: no value stays, nor a line of it, as it is, in base64 (of both alphabets, also amid a longer text), in hexadecimal digits,
 * URL-encoded, quoted as JSON, Go and C do, any of that once more, and broken over lines; no 24 consecutive characters of one
 * of these forms that is at least as long; and no beginning of a value, from eight characters on, that is cut off by the text's end or an ellipsis.
 */
export class Mask {
  readonly #forms = new Map<string, SecretText>();
  readonly #values = new Map<string, SecretText>();
  #index: SecretIndex | undefined;
  #changed: () => void = () => undefined;

  addSecret(secret: Secret): void {
    const { name = '', namespace = '' } = secret.metadata ?? {};
    const source = `Secret ${namespace}/${name}`;
    for (const [key, encoded] of Object.entries(secret.data ?? {})) {
      const value = Buffer.from(encoded, 'base64').toString('utf8');
      if (isCredentialKey(key) || value.length >= SHORTEST_SECRET) this.#addValue(value, source);
    }
  }

  addCredential(value: string, source = 'a credential'): void {
    this.#addValue(value, source);
  }

  addProfile(profile: ResolvedProfile): void {
    const { KeyPair, Secret: secret, KopiaServerSecret: kopia } = profile.Credential;
    const source = 'the credentials of the Profile';
    if (KeyPair) {
      this.#addValue(KeyPair.Secret, source);
      // Ids may be words such as an account's name; short ones stay readable.
      if (KeyPair.ID.length >= SHORTEST_SECRET) this.#addValue(KeyPair.ID, source);
    }
    if (secret) this.addSecret(secret);
    if (kopia) this.#addValue(kopia.Password, source);
  }

  apply(text: string): string {
    return hide(text, this.find(text, readingsOf(text)));
  }

  /** For the lines of one stream, in their order: it finds values that are broken over them, too. */
  lines(): LineMask {
    return createLineMask({
      find: (line, readings) => this.find(line, readings),
      index: () => this.index(),
      hide,
    });
  }

  /** Which Secrets and credentials stand in the text, by names that may be shown. */
  sourcesIn(text: string): string[] {
    return [...new Set(this.find(text, readingsOf(text)).map(({ source }) => source))];
  }

  /** Where its secrets stand in the text; `readings` are those of the text, which several masks may share. */
  find(text: string, readings: TextReading[]): SecretSpan[] {
    if (this.#forms.size === 0) return [];
    const index = this.index();
    const spans = index.find(text);
    for (const reading of readings) {
      for (const { from, to, source } of index.find(reading.text))
        spans.push({ ...reading.locate(from, to), source });
    }
    return spans;
  }

  /** Calls `changed`, instead of who was called before, when there is a secret that was not known. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  /** Another one after every secret that was not known. */
  index(): SecretIndex {
    this.#index ??= createSecretIndex([...this.#forms.values()], [...this.#values.values()]);
    return this.#index;
  }

  #addValue(value: string, source: string): void {
    const plain = value.trim();
    if (plain === '' || this.#forms.has(plain)) return;
    this.#index = undefined;
    this.#changed();
    const forms = secretForms(plain);
    for (const form of forms) this.#add(form, source);
    for (const form of plain.length > LONGEST_IN_PIECES ? unquotedForms(plain) : forms) {
      if (form.length >= SHORTEST_PIECE) this.#values.set(form, { text: form, source });
    }
    const lines = plain.split(/\r?\n/).map((line) => line.trim());
    if (lines.length > 1) {
      for (const line of lines) {
        if (line.length < SHORTEST_SECRET || BOUNDARY.test(line)) continue;
        for (const form of [line, ...unquotedForms(line)])
          if (form.length >= SHORTEST_FORM) this.#add(form, source);
      }
    }
    for (const part of credentialParts(plain))
      if (part.length >= SHORTEST_SECRET) this.#addValue(part, source);
  }

  #add(text: string, source: string): void {
    if (text !== '' && !this.#forms.has(text)) this.#forms.set(text, { text, source });
  }
}

/** Characters that Kubernetes uses in generated names: none that make words. */
export const NAME_CHARACTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** `length` characters of `alphabet`, each as likely as any other. */
export function randomSuffix(
  random: (length: number) => Uint8Array,
  alphabet: string,
  length: number,
): string {
  // Bytes above the largest multiple of the alphabet's size would favour its beginning.
  const usable = 256 - (256 % alphabet.length);
  let suffix = '';
  while (suffix.length < length) {
    for (const byte of random(length - suffix.length)) {
      if (byte < usable) suffix += alphabet[byte % alphabet.length] ?? '';
    }
  }
  return suffix;
}

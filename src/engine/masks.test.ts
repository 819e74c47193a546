import { describe, expect, it } from 'vitest';
import { Mask } from './mask.ts';
import { Masks } from './masks.ts';

function maskOf(value: string): Mask {
  const mask = new Mask();
  mask.addCredential(value);
  return mask;
}

describe('the masks of all runs', () => {
  it('hide the secrets of every run that is in progress, and of no other', () => {
    const masks = new Masks();
    const [first, second] = [maskOf('correct-horse'), maskOf('battery-staple')];
    masks.add(first);
    masks.add(second);
    expect(masks.apply('correct-horse, battery-staple')).toBe('<masked>, <masked>');
    masks.delete(first);
    expect(masks.apply('correct-horse, battery-staple')).toBe('correct-horse, <masked>');
  });

  it('hide what a run learns later, quoted and encoded', () => {
    const masks = new Masks();
    const mask = new Mask();
    masks.add(mask);
    expect(masks.apply('pass"word 1')).toBe('pass"word 1');
    mask.addCredential('pass"word 1');
    expect(masks.apply(JSON.stringify({ msg: 'pass"word 1' }))).toBe('{"msg":"<masked>"}');
    expect(masks.apply('?p=pass%22word+1')).toBe('?p=<masked>');
  });

  it('hide short credentials', () => {
    const masks = new Masks();
    masks.add(maskOf('k3y'));
    expect(masks.apply('with k3y')).toBe('with <masked>');
  });

  it('hide the secrets of the last of ten thousand runs, when those before have ended', () => {
    const masks = new Masks();
    for (let i = 0; i < 10_000; i++) {
      const mask = maskOf(`password-${i}-${i}`);
      masks.add(mask);
      if (i % 100 === 0) expect(masks.apply(`it is password-${i}-${i}.`)).toBe('it is <masked>.');
      masks.delete(mask);
    }
    masks.add(maskOf('password-of-the-last'));
    expect(masks.apply('it is password-of-the-last.')).toBe('it is <masked>.');
    expect(masks.size).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { hintOf } from './hints.ts';
import { KNOWN_TROUBLES, type HintSource } from './known-troubles.ts';

const SOURCES: HintSource[] = ['kubernetes', 'store', 'log'];

describe('the catalogue of hints', () => {
  it.each(KNOWN_TROUBLES.map((trouble) => [trouble.example, trouble] as const))(
    'knows what to do about: %s',
    (example, trouble) => {
      const fits = ({ from, pattern }: typeof trouble) =>
        (trouble.from === undefined || from === undefined || from === trouble.from) && pattern.test(example);
      // Of the API server, some of what any other text means is told apart.
      const [first] = KNOWN_TROUBLES.filter(fits).filter(
        ({ from }) => trouble.from !== undefined || from !== 'kubernetes',
      );
      expect(first).toBe(trouble);
      const hint = hintOf(example, trouble.from ?? 'log') ?? '';
      expect(hint).toMatch(/^[A-Z].*[.}]$/s);
      expect(hint).not.toMatch(/\$[<\d]/);
    },
  );

  it('has nothing to say about what it does not know', () => {
    for (const source of SOURCES) expect(hintOf('the moon is full', source)).toBeUndefined();
  });

  it('means by a refused connection the API server where that was asked, else whatever the command talked to', () => {
    const refused = 'connect ECONNREFUSED 10.0.0.1:443';
    expect(hintOf(refused, 'kubernetes')).toContain('API server');
    expect(hintOf(refused, 'store')).not.toContain('API server');
  });
});

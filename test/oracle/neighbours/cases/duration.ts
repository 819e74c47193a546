import { formatDuration, InvalidDuration, parseDuration } from '../../../../src/gotemplate/duration.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';

/** A text to read, or a number to write. */
type Input = { text: string } | { nanoseconds: string };

const UNITS = ['ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h'];

export const duration = defineNeighbour<Input>({
  name: 'duration',
  sameText: (text) => text,
  fixed: [
    ...[
      '',
      '0',
      '+0',
      '-0',
      '00',
      '0s',
      '-0s',
      '+',
      '-',
      '.',
      '-.',
      '.s',
      '+.s',
      '3',
      '3.',
      '.3',
      '1d',
      '1w',
      '1y',
      '1h30m',
      '1h 30m',
      ' 1h',
      '1h ',
      '-1.5h',
      '+5s',
      '5.s',
      '.5s',
      '5.0s',
      '5.6s',
      '1.5h1.5m1.5s',
      '1m1h',
      '1s1s',
      '12.34ms',
      '11µs',
      '11μs',
      '11us',
      '13.5ns',
      '0.5ns',
      '1e3s',
      '1_000s',
      '1S',
      '1H',
      '1Ms',
      '1sec',
      '3000000h',
      '9223372036854775807ns',
      '9223372036854775808ns',
      '-9223372036854775808ns',
      '-9223372036854775809ns',
      '9223372036854775.807us',
      '9223372036s854ms775us807ns',
      '2562047h47m16.854775807s',
      '2562048h',
      '-2562048h',
      '99999999999999999999s',
      '0.100000000000000000000h',
      '0.830103483285477580700h',
      '0.9223372036854775807h',
      '0.3333333333333333333h',
      '1.99999999999999999999999s',
      '"1h"',
      'h',
      'é',
      '1é',
      '1h\n',
      '1\0s',
      '١s',
      '--1s',
      '1-s',
      '1.2.3s',
      '1..s',
      '1h-1m',
      '0.0000000001s',
      '1ns1us1ms1s1m1h',
      'Inf',
      'NaN',
      '0x1s',
      '10m	',
      '5 minutes',
      'ÿ',
    ].map((text) => ({ text })),
    ...[
      '0',
      '1',
      '-1',
      '999',
      '1000',
      '1001',
      '1100',
      '999999',
      '1000000',
      '1500000',
      '999999999',
      '1000000000',
      '1000000001',
      '59999999999',
      '60000000000',
      '60000000001',
      '3599999999999',
      '3600000000000',
      '-3600000000000',
      '9223372036854775807',
      '-9223372036854775808',
      '86400000000000',
      '90061000000001',
      '123456789',
      '-1500',
    ].map((nanoseconds) => ({ nanoseconds })),
  ],
  generate: (random) =>
    random.chance(0.3)
      ? {
          nanoseconds: String(
            BigInt.asIntN(
              64,
              (BigInt(random.below(2 ** 32)) * BigInt(random.below(2 ** 32)) ** 2n) >>
                BigInt(random.below(64)),
            ),
          ),
        }
      : { text: someText(random) },
  answer(input) {
    if ('nanoseconds' in input) return { string: formatDuration(BigInt(input.nanoseconds)) };
    try {
      const nanoseconds = parseDuration(input.text);
      return { nanoseconds: String(nanoseconds), string: formatDuration(nanoseconds) };
    } catch (error) {
      if (error instanceof InvalidDuration) return { error: error.message };
      throw error;
    }
  },
});

function someText(random: Random): string {
  const digits = (most: number) => random.some(most, () => random.pick('0123456789')).join('');
  const parts = random.some(4, () => {
    const number = `${digits(random.pick([2, 3, 21]))}${random.chance(0.4) ? `.${digits(random.pick([3, 22]))}` : ''}`;
    return `${number}${random.chance(0.05) ? random.pick(['', 'd', 'S', ' s', 'hm']) : random.pick(UNITS)}`;
  });
  return `${random.pick(['', '', '-', '+'])}${parts.join('')}`;
}

import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  InvalidQuantity,
  parseQuantity,
  quantityToInteger,
  subtractQuantities,
} from '../../../../src/kubernetes/quantity.ts';
import type { Quantity } from '../../../../src/kubernetes/quantity.ts';
import { defineNeighbour } from '../neighbour.ts';
import type { Random } from '../random.ts';

const UNITS = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const WRONG_UNITS = ['K', 'ki', 'B', 'KiB', 'i', 'Zi', 'Y', 'e', 'E+', 'mi', ' Gi', 'e1.5', 'µ', 'ei'];

export const quantity = defineNeighbour<{ text: string; other: string }>({
  name: 'quantity',
  sameText: () => '',
  fixed: [
    '',
    ' ',
    '.',
    '+',
    '-',
    '1.2.3',
    '0x10',
    '1 ',
    ' 1',
    '１',
    '1_0',
    'NaN',
    'Inf',
    '--1',
    '+-1',
    '1e3e3',
    '0',
    '-0',
    '+0',
    '0.0',
    '00',
    '007',
    '.5',
    '5.',
    '-.5',
    '+.5',
    '0Ki',
    '0m',
    '-0.0Gi',
    '0e5',
    '00.10',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775808',
    '-9223372036854775809',
    '9223372036854775807Ei',
    '8Ei',
    '7Ei',
    '9E',
    '10E',
    '1000E',
    '999999999999999999999999999999',
    '0.0000000001',
    '0.00000000051',
    '-0.0000000001',
    '1.0000000001',
    '1.0000000001Gi',
    '0.1n',
    '999n',
    '1e3',
    '1E3',
    '1e-3',
    '1e+3',
    '1e0',
    '12e4',
    '1e18',
    '1e19',
    '1e30',
    '1e-9',
    '1e-10',
    '1e-30',
    '5E',
    '5E1',
    '1023',
    '1024',
    '1Ki',
    '1023Ki',
    '1025Ki',
    '0.5Ki',
    '0.3Ki',
    '1.5Gi',
    '1.1Gi',
    '1048576',
    '2.5Mi',
    '.1Ki',
    '1e100',
    '1e1000',
    '1e-1000',
    '0e1000',
    '100000000000000000000Ki',
    '0.00000001Ki',
    '123456789.123456789Gi',
    '1.0Ki',
    '1000Ki',
    '1k',
    '1000k',
    '1234k',
    '3e+0',
    '3e-0',
    '3e00',
    '3e01',
    '12.50e1',
    '1.5e1',
    '1.5m',
    '1500m',
    '0.5m',
    '1u',
    '1500u',
    '0.001u',
  ].flatMap((text) => [
    { text, other: '0' },
    { text, other: '-1.5Gi' },
  ]),
  generate: (random) => ({ text: someText(random), other: someText(random, 0) }),
  // Beyond its largest unit Kubernetes forgets the size: 1000E is 1 to it.
  differs: (_, ours) => Object.values(ours).some((made) => typeof made === 'string' && made.endsWith('000E')),
  answer({ text: written, other: second }) {
    try {
      const [a, b] = [parseQuantity(written), parseQuantity(second)];
      return {
        canonical: formatQuantity(a),
        whole: whole(a),
        compared: compareQuantities(a, b),
        sum: formatQuantity(addQuantities(a, b)),
        difference: formatQuantity(subtractQuantities(a, b)),
      };
    } catch (error) {
      if (error instanceof InvalidQuantity) return { error: error.message };
      throw error;
    }
  },
});

/** What Go's `Value` gives where 64 bits surely hold it; of negative fractions it gives anything. */
function whole(value: Quantity): string | null {
  const isBeyond =
    compareQuantities(value, parseQuantity('9E')) >= 0 || compareQuantities(value, parseQuantity('0')) < 0;
  return isBeyond ? null : String(quantityToInteger(value));
}

function someText(random: Random, wrong = 0.08): string {
  const digits = (most: number) => random.some(most, () => random.pick('0123456789000')).join('');
  const number = `${random.pick(['', '', '', '-', '+'])}${digits(random.pick([2, 4, 20]))}${
    random.chance(0.4) ? `.${digits(random.pick([2, 12]))}` : ''
  }`;
  const unit = random.chance(0.2)
    ? `${random.pick('eE')}${random.pick(['', '-', '+'])}${random.below(22)}`
    : random.pick(UNITS);
  const made = `${number}${random.chance(wrong) ? random.pick(WRONG_UNITS) : unit}`;
  return wrong === 0 && !/[0-9]/.test(number) ? `1${unit}` : made;
}

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  InvalidQuantity,
  parseQuantity,
  quantityOf,
  quantityToInteger,
  quantityToNumber,
  subtractQuantities,
} from './quantity.ts';

describe('a quantity', () => {
  // Canonical forms as resource.Quantity of k8s.io/apimachinery writes them.
  it.each([
    ['0', '0'],
    ['1Gi', '1Gi'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['1000', '1k'],
    ['1023Ki', '1023Ki'],
    ['0.5Ki', '512'],
    ['0.5Gi', '512Mi'],
    ['1500m', '1500m'],
    ['2000m', '2'],
    ['1.5', '1500m'],
    ['.5', '500m'],
    ['1e3', '1e3'],
    ['12e4', '120e3'],
    ['1E', '1E'],
    ['1000E', '1000E'],
    ['100000000', '100M'],
    ['-1.5Ki', '-1536'],
    ['0.0000000001', '1n'],
    ['+5u', '+5u'],
    ['007', '007'],
    ['.', '0'],
    ['Gi', '0'],
    ['0.0001Ki', '102400u'],
    ['9223372036854775808Ki', '9223372036854775807'],
    ['12345678901234567890123', '12345678901234567890123'],
  ])('%s is stored as %s', (text, canonical) => {
    expect(formatQuantity(parseQuantity(text))).toBe(canonical);
  });

  it.each(['', 'Pi', '1 Gi', '1GiB', '1K', '1e', 'e-21', '--1', '1.2.3', '0x10', '1e1001'])(
    '%j is refused',
    (text) => {
      expect(() => parseQuantity(text)).toThrow(InvalidQuantity);
    },
  );

  it('is compared, added and subtracted exactly', () => {
    expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBeGreaterThan(0);
    expect(compareQuantities(parseQuantity('1000m'), parseQuantity('1'))).toBe(0);
    expect(formatQuantity(addQuantities(parseQuantity('0.1'), parseQuantity('0.2')))).toBe('300m');
    expect(formatQuantity(subtractQuantities(parseQuantity('2Gi'), parseQuantity('1Gi')))).toBe('1Gi');
  });

  it('is rounded up to whole bytes', () => {
    expect(quantityToInteger(parseQuantity('1.5'))).toBe(2n);
    expect(quantityToInteger(parseQuantity('-1.5'))).toBe(-2n);
    expect(quantityToInteger(parseQuantity('1Ei'))).toBe(1152921504606846976n);
    expect(quantityToNumber(parseQuantity('1500m'))).toBe(1.5);
    expect(formatQuantity(quantityOf(1024 * 1024, 'binary'))).toBe('1Mi');
  });

  it('keeps its value through its canonical text', () => {
    const suffix = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2');
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 18n), 10n ** 18n), suffix, (digits, unit) => {
        const quantity = parseQuantity(`${digits}${unit}`);
        const again = parseQuantity(formatQuantity(quantity));
        expect(compareQuantities(again, quantity)).toBe(0);
        expect(formatQuantity(again)).toBe(formatQuantity(quantity));
      }),
    );
  });
});

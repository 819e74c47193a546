import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogLines } from './log-lines.ts';

const stamp = (second: number) => `2026-11-21T09:03:${String(second).padStart(2, '0')}.000000001Z `;
const read = (...chunks: (string | Buffer)[]) => {
  const lines = createLogLines();
  const found = chunks.flatMap((chunk) => lines.take(Buffer.from(chunk)));
  return { found, rest: lines.rest() };
};

describe('the lines of a log', () => {
  it('have the time at which the container wrote them, in any of the forms that kubelets print', () => {
    const { found } = read(
      '2026-11-21T09:03:04.5Z a\n2026-11-21T09:03:04.500000000Z b\n2026-11-21T10:03:04.500+01:00 c\n2026-11-21T09:03:04Z d\n',
    );
    const time = BigInt(Date.parse('2026-11-21T09:03:04Z')) * 1_000_000n;
    expect(found.map((line) => line.time)).toEqual([
      time + 500_000_000n,
      time + 500_000_000n,
      time + 500_000_000n,
      time,
    ]);
    expect(found.map(({ text }) => text.toString())).toEqual(['a\n', 'b\n', 'c\n', 'd\n']);
  });

  it('may be empty, hold blanks and look like a time themselves', () => {
    const { found } = read(`${stamp(1)}\n${stamp(2)}  x \n${stamp(3)}${stamp(4)}y\n`);
    expect(found.map(({ text }) => text.toString())).toEqual(['\n', '  x \n', `${stamp(4)}y\n`]);
  });

  it('without a time are the words of the kubelet', () => {
    const { found } = read('unable to retrieve container logs for containerd://1\n');
    expect(found).toEqual([{ text: Buffer.from('unable to retrieve container logs for containerd://1\n') }]);
  });

  it('are the same however the log is cut into chunks', () => {
    const log = Buffer.from(
      `${stamp(1)}one ünë\n${stamp(2)}\n${stamp(3)}${'long '.repeat(50)}\n${stamp(4)}rest`,
    );
    const whole = read(log);
    fc.assert(
      fc.property(fc.array(fc.nat(log.length), { maxLength: 20 }), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), log.length];
        const chunks = edges.slice(1).map((edge, index) => log.subarray(edges[index], edge));
        expect(read(...chunks)).toEqual(whole);
      }),
    );
    expect(whole.rest?.text.toString()).toBe('rest\n');
  });

  it('of 100,000 characters arrive whole, also from kubelets that repeat the time before each piece', () => {
    const text = 'v'.repeat(100_000);
    const pieces = text.match(/.{1,16384}/g)?.map((piece, index) => stamp(index) + piece);
    expect(read(`${stamp(0)}${text}\n`).found[0]?.text.toString()).toBe(`${text}\n`);
    expect(read(`${pieces?.join('')}\n`).found[0]?.text.toString()).toBe(`${text}\n`);
  });

  it('without end do not grow the memory without end', () => {
    const lines = createLogLines();
    const mebibyte = Buffer.alloc(1024 * 1024, 'x');
    lines.take(Buffer.from(stamp(1)));
    for (let i = 0; i < 64; i++) lines.take(mebibyte);
    const [line] = lines.take(Buffer.from('\n'));
    expect(line?.text.length).toBeLessThan(10 * 1024 * 1024);
  });
});

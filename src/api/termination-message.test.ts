import { describe, expect, it } from 'vitest';
import { formatPhaseOutput } from './phase-output.ts';
import { additionToMessage, messageWithoutOutputs, outputsOfMessage } from './termination-message.ts';

/** The message after these outputs, one after the other. */
const messageOf = (outputs: [key: string, value: string][], start = '') => {
  let message = start;
  for (const [key, value] of outputs) {
    message += additionToMessage(Buffer.byteLength(message), formatPhaseOutput(key, value));
  }
  return message;
};

describe('a termination message', () => {
  it('gives the outputs that were put into it, the last one of a key', () => {
    const message = messageOf(
      [
        ['path', 'a'],
        ['size', '12'],
        ['path', 'b/<ü>'],
      ],
      'what the command says',
    );
    expect(outputsOfMessage(message, 1)).toEqual({ path: 'b/<ü>', size: '12' });
    expect(messageWithoutOutputs(message)).toBe('what the command says');
  });

  it('never has more than 4,096 bytes, and gives no outputs when one of them had no room', () => {
    const message = messageOf([
      ['key', 'early'],
      ['large', 'ü'.repeat(2_100)],
      ['key', 'late'],
    ]);
    expect(Buffer.byteLength(message)).toBeLessThan(200);
    expect(outputsOfMessage(message, 1)).toBeUndefined();
    const many = messageOf(Array.from({ length: 500 }, (_, index) => ['key', String(index)]));
    expect(Buffer.byteLength(many)).toBeLessThanOrEqual(4_096);
    expect(outputsOfMessage(many, 1)).toBeUndefined();
  });

  it('that others have filled to the brim gives no outputs, because the last ones may be missing', () => {
    const full = messageOf([['key', 'value']]) + 'x'.repeat(4_000);
    expect(additionToMessage(4_090, formatPhaseOutput('k', 'v'))).toBe('');
    expect(outputsOfMessage(full, 1)).toEqual({ key: 'value' });
    expect(outputsOfMessage(full.padEnd(4_090, 'x'), 1)).toBeUndefined();
  });

  it('that the kubelet has cut, because the pod has many containers, gives no outputs', () => {
    const message = messageOf([
      ['key', 'v'.repeat(900)],
      ['late', 'v'.repeat(100)],
    ]);
    expect(outputsOfMessage(message, 4)).toEqual({ key: 'v'.repeat(900), late: 'v'.repeat(100) });
    for (const containers of [12, 13]) {
      const kept = message.slice(0, Math.floor(12_288 / containers));
      expect(outputsOfMessage(kept, containers), String(containers)).toBeUndefined();
    }
  });

  it.each(['', 'no marker\n', '###Phase-output###: {"key":"k","val', '###Phase-output###:\n'])(
    'gives nothing when it is %j',
    (message) => expect(outputsOfMessage(message, 1)).toBeUndefined(),
  );

  it('is shown to people without the outputs in it', () => {
    const line = formatPhaseOutput('k', 'v');
    expect(messageWithoutOutputs(`a\n${line}\nb${line}\n`)).toBe('a\nb');
    expect(messageWithoutOutputs(`${line}\n`)).toBe('');
    expect(messageWithoutOutputs(' why\n')).toBe('why');
  });
});

import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../kubernetes/clock.ts';
import { ContainerLog, type LogReadOptions } from './container-log.ts';

const ALL: LogReadOptions = { follow: false, timestamps: false };

describe('the log of a container', () => {
  let folder: string;
  let file: string;
  let log: ContainerLog;
  let now: number;
  const clock: Clock = { ...systemClock, now: () => new Date(now) };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'container-log-'));
    file = join(folder, 'log');
    now = Date.parse('2026-01-01T00:00:00Z');
    log = new ContainerLog(file, clock);
  });
  afterEach(() => {
    log.finish();
    rmSync(folder, { recursive: true });
  });

  function write(content: string, at: number): void {
    now = Date.parse('2026-01-01T00:00:00Z') + at;
    appendFileSync(file, content);
    log.refresh();
  }

  it('gives every line the time at which it began to come', async () => {
    write('one\ntwo\nthr', 1000);
    write('ee\nfour\n', 2000);
    expect(await text(log.read({ ...ALL, timestamps: true }))).toBe(
      [
        '2026-01-01T00:00:01.000000000Z one',
        '2026-01-01T00:00:01.000000001Z two',
        '2026-01-01T00:00:01.000000002Z three',
        '2026-01-01T00:00:02.000000001Z four',
        '',
      ].join('\n'),
    );
  });

  it('gives the same times when it is read from the middle', async () => {
    write('one\ntwo\nth', 1000);
    write('ree\nfour\n', 1500);
    const stamped = (await text(log.read({ ...ALL, timestamps: true }))).split('\n');
    const options = { ...ALL, timestamps: true, tailLines: 2 };
    expect(await text(log.read(options))).toBe(stamped.slice(2).join('\n'));
    const rest = { ...ALL, sinceTime: '2026-01-01T00:00:01.000000002Z' };
    expect(await text(log.read(rest))).toBe('three\nfour\n');
    expect(await text(log.read({ ...ALL, sinceTime: '2026-01-01T00:00:02Z' }))).toBe('');
  });

  it.each([
    [0, ''],
    [1, 'c'],
    [2, 'b\nc'],
    [3, 'a\nb\nc'],
    [9, 'a\nb\nc'],
  ])('has %i last lines, the last of which may be unfinished', async (tailLines, expected) => {
    write('a\nb\nc', 0);
    expect(await text(log.read({ ...ALL, tailLines }))).toBe(expected);
  });

  it('passes long lines on whole', async () => {
    const long = 'x'.repeat(300_000);
    write(`${long}\nend\n`, 0);
    expect(await text(log.read({ ...ALL, timestamps: true }))).toBe(
      `2026-01-01T00:00:00.000000000Z ${long}\n2026-01-01T00:00:00.000000001Z end\n`,
    );
    expect(await text(log.read({ ...ALL, tailLines: 1 }))).toBe('end\n');
  });

  it('tells fewer times apart when a container prints for hours, and loses no line to it', async () => {
    for (let line = 0; line < 12_000; line++) write(`${line}\n`, line * 10);
    const stamped = (await text(log.read({ ...ALL, timestamps: true }))).trimEnd().split('\n');
    const times = stamped.map((line) => line.split(' ')[0] ?? '');
    expect(times).toEqual([...new Set(times)].toSorted());
    expect(new Set(times.map((time) => time.slice(0, '2026-01-01T00:00:00.000'.length))).size).toBe(10_020);
    const rest = await text(log.read({ ...ALL, sinceTime: times[11_500] ?? '' }));
    expect(rest.trimEnd().split('\n').map(Number)).toEqual(Array.from({ length: 500 }, (_, i) => 11_500 + i));
  });

  it('ends a follow when the container has ended, and not before', async () => {
    write('one\n', 0);
    const following = text(log.read({ ...ALL, follow: true }));
    write('two\n', 1);
    appendFileSync(file, 'three\n');
    log.finish();
    expect(await following).toBe('one\ntwo\nthree\n');
  });

  it('ends a follow when its reader gives up', async () => {
    const gone = new AbortController();
    const following = text(log.read({ ...ALL, follow: true, signal: gone.signal }));
    gone.abort();
    expect(await following).toBe('');
  });
});

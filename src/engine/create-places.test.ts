import { array, assert, asyncProperty, constant, nat, oneof, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { turnOfTheLoop } from '../../test/support/stepped-clock.ts';
import { createPlaces } from './create-places.ts';
import type { Place } from './places.ts';

const { signal: never } = new AbortController();
const owner = (namespace: string, uid = 'uid') => ({ namespace, uid });

const operations = array(
  oneof(
    record({ kind: constant('take' as const), namespace: nat(2), uid: nat(2) }),
    record({ kind: constant('try' as const), namespace: nat(2), uid: nat(2) }),
    record({ kind: constant('release' as const), which: nat() }),
    record({ kind: constant('cancel' as const), which: nat() }),
    record({ kind: constant('pause' as const) }),
  ),
  { maxLength: 60 },
);

describe('places', () => {
  it('are had at once while some are free, and in turn afterwards', async () => {
    const places = createPlaces(2);
    const first = await places.take(owner('a'), never);
    expect(places.tryTake(owner('a'))).toBeDefined();
    expect(places.tryTake(owner('a'))).toBeUndefined();
    const order: string[] = [];
    const waiting = ['a', 'a', 'b'].map(async (namespace) => {
      const place = await places.take(owner(namespace), never);
      order.push(namespace);
      place.release();
    });
    expect(places).toMatchObject({ taken: 2, waiting: 3 });
    first.release();
    first.release();
    await Promise.all(waiting);
    expect(order).toEqual(['a', 'b', 'a']);
    expect(places).toMatchObject({ taken: 1, waiting: 0 });
  });

  it('let a lone ActionSet through although another one has a hundred actions waiting', async () => {
    const places = createPlaces(1);
    const busy = await places.take(owner('n', 'large'), never);
    const order: string[] = [];
    const run = async (uid: string) => {
      const place = await places.take(owner('n', uid), never);
      order.push(uid);
      place.release();
    };
    const all = [...Array.from({ length: 100 }, () => run('large')), run('small')];
    busy.release();
    await Promise.all(all);
    expect(order.indexOf('small')).toBe(1);
  });

  it('are not waited for by whoever was cancelled, and not lost with him', async () => {
    const places = createPlaces(1);
    const place = await places.take(owner('a'), never);
    const cancel = new AbortController();
    const cancelled = places.take(owner('b'), cancel.signal);
    const patient = places.take(owner('c'), never);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(cancelled).rejects.toBe(reason);
    await expect(places.take(owner('b'), cancel.signal)).rejects.toBe(reason);
    expect(places.waiting).toBe(1);
    place.release();
    (await patient).release();
    expect(places).toMatchObject({ taken: 0, waiting: 0 });
  });

  it('are never more than the limit, never idle while somebody waits, and come to everybody in the end', async () => {
    await assert(
      asyncProperty(nat(3), operations, async (extra, steps) => {
        const limit = 1 + extra;
        const places = createPlaces(limit);
        const held: Place[] = [];
        const asked: { cancel: AbortController; outcome: 'waiting' | 'served' | 'cancelled' }[] = [];
        for (const step of steps) {
          if (step.kind === 'take') {
            const request = {
              cancel: new AbortController(),
              outcome: 'waiting' as 'waiting' | 'served' | 'cancelled',
            };
            asked.push(request);
            places.take(owner(`n${step.namespace}`, `u${step.uid}`), request.cancel.signal).then(
              (place) => {
                request.outcome = 'served';
                held.push(place);
              },
              () => (request.outcome = 'cancelled'),
            );
          } else if (step.kind === 'try') {
            const place = places.tryTake(owner(`n${step.namespace}`, `u${step.uid}`));
            if (place) held.push(place);
          } else if (step.kind === 'release') {
            held.splice(step.which % Math.max(1, held.length), 1)[0]?.release();
          } else if (step.kind === 'cancel') {
            asked[step.which % Math.max(1, asked.length)]?.cancel.abort(new Error('cancelled'));
          } else {
            await turnOfTheLoop();
            expect(places.taken).toBe(held.length);
          }
          expect(places.taken).toBeLessThanOrEqual(limit);
          if (places.waiting > 0) expect(places.taken).toBe(limit);
        }
        for (let place; await turnOfTheLoop(), (place = held.pop());) place.release();
        expect(asked.map(({ outcome }) => outcome)).not.toContain('waiting');
        expect(places).toMatchObject({ taken: 0, waiting: 0 });
      }),
      { numRuns: 100 },
    );
  });

  it('need at least one, because nothing would ever run', () => {
    expect(() => createPlaces(0)).toThrow('at least one place');
  });
});

import { describe, expect, it } from 'vitest';
import { freeUplink } from './free-range.ts';

describe('the network between the machine and the cluster', () => {
  it('is the first of its range where nothing else is', () => {
    expect(freeUplink(['192.0.2.2/24', 'default', '10.0.0.0/8', 'fd00::2/64'])).toEqual({
      host: '198.18.0.1',
      node: '198.18.0.2',
      prefix: 30,
    });
  });

  it.each([
    [['198.18.0.1'], '198.18.1.1'],
    [['198.18.0.0/23'], '198.18.2.1'],
    [['198.18.0.2/30', '198.18.1.0/24', '198.18.2.3'], '198.18.3.1'],
  ])('evades %j', (used, host) => {
    expect(freeUplink(used).host).toBe(host);
  });

  it('is refused where all of its range is in use', () => {
    expect(() => freeUplink(['198.18.0.0/15'])).toThrow('no range is left');
  });
});

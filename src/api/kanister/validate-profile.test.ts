import { describe, expect, it } from 'vitest';
import type { Profile } from './types.ts';
import { validateProfile } from './validate-profile.ts';

const valid = {
  location: { type: 's3Compliant', bucket: 'b', region: 'us-east-1' },
  credential: { type: 'keyPair', keyPair: { idField: 'id', secretField: 'key', secret: { name: 's' } } },
} satisfies Partial<Profile>;
const messages = (profile: Partial<Profile>) =>
  validateProfile({ ...valid, ...profile }).map(({ message }) => message);

describe('the fields of a Profile', () => {
  it('are valid as the documentation shows them', () => {
    expect(messages({})).toEqual([]);
    expect(messages({ location: { type: 'gcs' } })).toEqual([]);
    expect(messages({ credential: { type: 'secret', secret: { name: 's', namespace: 'n' } } })).toEqual([]);
  });

  it.each([
    [{ location: { type: 'ftp' } }, ["unknown or unsupported location type 'ftp'"]],
    [{ location: undefined }, ["unknown or unsupported location type ''"]],
    [{ location: { type: 's3Compliant' } }, ['Bucket not specified', 'Bucket region not specified']],
    [{ location: { type: 's3Compliant', bucket: 'b' } }, ['Bucket region not specified']],
    [{ credential: { type: 'kopia' } }, ["Unsupported credential type 'kopia'"]],
    [
      { credential: { type: 'keyPair' } },
      ['Secret for bucket credentials not specified', 'Secret field or id field empty'],
    ],
    [
      { credential: { type: 'keyPair', keyPair: { idField: 'id', secret: { name: 's' } } } },
      ['Secret field or id field empty'],
    ],
    [{ credential: { type: 'secret' } }, ['Secret name is empty', 'Secret namespace is empty']],
  ])('are refused: %j', (profile, stems) => {
    expect(messages(profile)).toEqual(stems.map((stem) => `${stem}: Validation Failed`));
  });

  it('says which field is at fault', () => {
    const [problem] = validateProfile({
      ...valid,
      credential: { type: 'keyPair', keyPair: { idField: 'id', secret: { name: 's' } } },
    });
    expect(problem?.field).toBe('credential.keyPair.secretField');
  });
});

import type { Profile } from './types.ts';
import { ValidationFailed } from './validation-failed.ts';

/** What is wrong with a Profile's fields, without looking at Secret or store; empty when nothing is. */
export function validateProfile(profile: Pick<Profile, 'location' | 'credential'>): ValidationFailed[] {
  return [...validateLocationType(profile), ...validateCredential(profile), ...validateBucket(profile)];
}

function validateLocationType({ location }: Pick<Profile, 'location'>): ValidationFailed[] {
  const type = location?.type ?? '';
  if (['s3Compliant', 'gcs', 'azure'].includes(type)) return [];
  return [
    new ValidationFailed(
      `unknown or unsupported location type '${type}'`,
      'location.type',
      'Use s3Compliant, gcs or azure.',
    ),
  ];
}

function validateCredential({ credential }: Pick<Profile, 'credential'>): ValidationFailed[] {
  const type = credential?.type ?? '';
  switch (type) {
    case 'keyPair': {
      const { secret, idField, secretField } = credential?.keyPair ?? {};
      return [
        ...required(
          secret?.name,
          'Secret for bucket credentials not specified',
          'credential.keyPair.secret.name',
        ),
        ...required(
          idField && secretField,
          'Secret field or id field empty',
          `credential.keyPair.${idField ? 'secretField' : 'idField'}`,
        ),
      ];
    }
    case 'secret':
      return [
        ...required(credential?.secret?.name, 'Secret name is empty', 'credential.secret.name'),
        ...required(
          credential?.secret?.namespace,
          'Secret namespace is empty',
          'credential.secret.namespace',
        ),
      ];
    default:
      return [
        new ValidationFailed(
          `Unsupported credential type '${type}'`,
          'credential.type',
          'Use keyPair (two keys of a Secret) or secret (a Secret of type secrets.kanister.io/…).',
        ),
      ];
  }
}

function validateBucket({ location }: Pick<Profile, 'location'>): ValidationFailed[] {
  if (location?.type !== 's3Compliant') return [];
  return [
    ...required(location.bucket, 'Bucket not specified', 'location.bucket'),
    ...required(location.region, 'Bucket region not specified', 'location.region'),
  ];
}

function required(value: string | undefined, message: string, field: string): ValidationFailed[] {
  return value ? [] : [new ValidationFailed(message, field, `Give ${field}.`)];
}

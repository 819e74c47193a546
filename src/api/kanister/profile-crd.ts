import { defineKanisterResource } from './custom-resource-definition.ts';
import { boolean, integer, mapOf, object, objectReference, preserved, text } from './structural-schema.ts';

const secretKey = preserved(object({ key: text('Key in the Secret.'), secret: objectReference() }));

/** Profiles: Kanister 0.114 to 0.119. They have no spec. */
export const profileCrd = defineKanisterResource({
  kind: 'Profile',
  plural: 'profiles',
  description: 'A place for data, and the credentials for it.',
  properties: {
    location: object({
      type: text('s3Compliant, gcs, azure or kopia.'),
      bucket: text('Bucket or container.'),
      endpoint: text('URL of an S3-compatible store or of a kopia server.'),
      prefix: text('Put in front of every path.'),
      region: text(),
    }),
    credential: object({
      type: text('keyPair, secret or kopia.'),
      keyPair: object({
        idField: text('Key in the Secret that holds the ID.'),
        secretField: text('Key in the Secret that holds the secret half.'),
        secret: objectReference(),
      }),
      secret: objectReference('A Secret of type secrets.kanister.io/aws, azure or gcp.'),
      kopiaServerSecret: preserved(
        object({
          username: text(),
          hostname: text(),
          userPassphrase: secretKey,
          tlsCert: secretKey,
          connectOptions: mapOf(integer()),
        }),
      ),
    }),
    skipSSLVerify: boolean("Accept any certificate of the location's server."),
  },
});

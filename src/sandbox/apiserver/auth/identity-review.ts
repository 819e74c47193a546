import { fieldsOf, listOf, textOf } from '../json-value.ts';
import type { ApiObject } from '../resource-definition.ts';
import { timestamp } from '../server-context.ts';
import type { ServerContext } from '../server-context.ts';
import { badRequest } from '../status-error.ts';
import { tokenHolder } from './authenticate.ts';
import type { User } from './user.ts';

/** TokenReview: whom does a token stand for? */
export function reviewToken(context: ServerContext, review: ApiObject): ApiObject {
  const { token, audiences } = fieldsOf(review.spec);
  if (textOf(token) === '') throw badRequest('token is required for TokenReview in authentication');
  const holder = tokenHolder(context, textOf(token), listOf(audiences).map(textOf));
  const status =
    'error' in holder
      ? { user: {}, error: holder.error }
      : { authenticated: true, user: userInfo(holder.user), audiences: holder.audiences };
  return { ...review, status };
}

/** SelfSubjectReview: whom does the server take the asker for? */
export const reviewOwnIdentity = ({ clock }: ServerContext, review: ApiObject, user: User): ApiObject => ({
  ...review,
  metadata: { ...review.metadata, creationTimestamp: timestamp(clock.now()) },
  status: { userInfo: userInfo(user) },
});

/** A user as reviews and admission webhooks are shown one. */
export const userInfo = ({ username, uid, groups, extra }: User) => ({
  username,
  ...(uid !== undefined && { uid }),
  ...(groups.length > 0 && { groups }),
  ...(extra && Object.keys(extra).length > 0 && { extra }),
});

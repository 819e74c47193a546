/** Where a text comes from that says what went wrong: the same words may need something else to be done. */
export type HintSource = 'kubernetes' | 'store' | 'log';

export interface KnownTrouble {
  /** Absent: wherever it is read. */
  from?: HintSource;
  pattern: RegExp;
  /** What to do next; `$1` and `$<name>` stand for what the pattern found. */
  hint: string;
  /** A text of which this is the first entry that recognises it. */
  example: string;
}

const CREDENTIALS = 'the Profile and of its Secret';

/** What people meet. The particular stands before the general. */
export const KNOWN_TROUBLES: readonly KnownTrouble[] = [
  // What admission refuses comes as 403 too, and no role helps against it.
  {
    from: 'kubernetes',
    pattern: /exceeded quota: (?<quota>[^,]+)/,
    hint: 'Raise ResourceQuota $<quota> of the namespace, free some of it, or lower the requests in podOverride.',
    example:
      'pods "job" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4',
  },
  {
    from: 'kubernetes',
    pattern: /failed quota: (?<quota>[^:]+): must specify (?<what>[^;]+)/,
    hint: 'Set $<what> in podOverride: ResourceQuota $<quota> of the namespace asks for it.',
    example: 'pods "job" is forbidden: failed quota: compute: must specify limits.cpu for: container',
  },
  {
    from: 'kubernetes',
    pattern: /violates PodSecurity "(?<level>[^"]+)"/,
    hint: 'Set in podOverride.securityContext what the message lists, or run the action in a namespace whose level is lower than $<level>.',
    example:
      'pods "job" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
  },
  {
    from: 'kubernetes',
    pattern: /(?:maximum|minimum) \S+ usage per (?:Container|Pod) is|limit to request ratio/,
    hint: 'Choose requests and limits in podOverride that the LimitRange of the namespace allows.',
    example: 'pods "job" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  },
  {
    from: 'kubernetes',
    pattern: /(?:admission webhook|ValidatingAdmissionPolicy) ["'](?<name>[^"']+)["'].*denied/s,
    hint: 'A policy of the cluster ($<name>) refused it: change what the message says, in the Blueprint or in podOverride, or ask who keeps that policy.',
    example: 'admission webhook "policy.example.com" denied the request: image must come from our registry',
  },
  {
    from: 'kubernetes',
    pattern: /failed calling webhook "(?<name>[^"]+)"/,
    hint: 'The admission webhook $<name> does not answer: repair its service, then run the action again.',
    example: 'Internal error occurred: failed calling webhook "v.example.com": connection refused',
  },
  {
    from: 'kubernetes',
    pattern: /because it is being terminated/,
    hint: 'The namespace is being deleted: nothing can be made in it any more.',
    example:
      'pods "job" is forbidden: unable to create new content in namespace shop because it is being terminated',
  },
  {
    from: 'kubernetes',
    pattern: /error looking up service account (?<namespace>[^/]+)\/(?<account>[^:]+)/,
    hint: 'Create ServiceAccount $<account> in namespace $<namespace>, or name another one in podOverride.serviceAccountName.',
    example:
      'pods "job" is forbidden: error looking up service account shop/backup: serviceaccount "backup" not found',
  },
  {
    from: 'kubernetes',
    pattern:
      /User "(?<user>[^"]+)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)" in the namespace "(?<namespace>[^"]+)"/,
    hint: 'Grant $<user> the rule {apiGroups: ["$<group>"], resources: ["$<resource>"], verbs: ["$<verb>"]} by a Role in namespace $<namespace>.',
    example:
      'pods "db-0" is forbidden: User "system:serviceaccount:kanister:operator" cannot create resource "pods/exec" in API group "" in the namespace "shop"',
  },
  {
    from: 'kubernetes',
    pattern:
      /User "(?<user>[^"]+)" cannot (?<verb>\S+) resource "(?<resource>[^"]+)" in API group "(?<group>[^"]*)"/,
    hint: 'Grant $<user> the rule {apiGroups: ["$<group>"], resources: ["$<resource>"], verbs: ["$<verb>"]} by a ClusterRole.',
    example:
      'nodes is forbidden: User "system:serviceaccount:kanister:operator" cannot list resource "nodes" in API group "" at the cluster scope',
  },
  {
    from: 'kubernetes',
    pattern: /User "(?<user>[^"]+)" cannot (?<verb>\S+) path "(?<path>[^"]+)"/,
    hint: 'Grant $<user> the rule {nonResourceURLs: ["$<path>"], verbs: ["$<verb>"]} by a ClusterRole.',
    example: 'forbidden: User "system:serviceaccount:kanister:operator" cannot get path "/version"',
  },
  {
    from: 'kubernetes',
    pattern: /attempting to grant RBAC permissions not currently held/,
    hint: "Grant the operator's service account the rules that the message lists: nobody can give away what they do not have.",
    example:
      'roles "x" is forbidden: user "u" (groups=["g"]) is attempting to grant RBAC permissions not currently held',
  },
  {
    from: 'kubernetes',
    pattern: /container (?<container>\S+) is not valid for pod (?<pod>\S+)/,
    hint: 'Correct the name of the container: kubectl get pod $<pod> -o jsonpath={.spec.containers[*].name} lists those that there are.',
    example: 'container dbase is not valid for pod db-0',
  },
  {
    from: 'kubernetes',
    pattern: /container not found \("(?<container>[^"]+)"\)/,
    hint: 'Container $<container> does not run now: wait until its pod is ready, or correct the name.',
    example: 'unable to upgrade connection: container not found ("database")',
  },
  {
    from: 'kubernetes',
    pattern: /namespaces "(?<name>[^"]+)" not found/,
    hint: 'Create namespace $<name>, or correct its name in the Blueprint or the ActionSet.',
    example: 'namespaces "shpo" not found',
  },
  {
    from: 'kubernetes',
    pattern: /persistentvolumeclaims? "(?<name>[^"]+)" (?:is )?not found/,
    hint: 'Create PersistentVolumeClaim $<name> in the namespace of the pod, or correct the name in the Blueprint.',
    example: 'persistentvolumeclaims "data" not found',
  },
  {
    from: 'kubernetes',
    pattern: /pods "(?<name>[^"]+)" not found/,
    hint: 'Pod $<name> is gone: name the pod by a template such as {{ index .StatefulSet.Pods 0 }}, and run the action when it runs.',
    example: 'pods "db-0" not found',
  },
  {
    from: 'kubernetes',
    pattern: /the server could not find the requested resource|no matches for kind/,
    hint: 'The cluster does not serve this kind: install its CustomResourceDefinition, or correct group, version and resource.',
    example:
      'the server could not find the requested resource (get deploymentconfigs.apps.openshift.io shop)',
  },
  {
    from: 'kubernetes',
    pattern: /(?<resource>[\w.-]+) "(?<name>[^"]+)" not found/,
    hint: 'Create what is missing ($<resource> $<name>), or correct its name and namespace.',
    example: 'deployments.apps "shop" not found',
  },
  {
    from: 'kubernetes',
    pattern: /(?<resource>[\w.-]+) "(?<name>[^"]+)" is invalid/,
    hint: 'Correct the fields that the message names, in the Blueprint or in podOverride.',
    example: 'Pod "job" is invalid: spec.containers[0].image: Required value',
  },
  {
    from: 'kubernetes',
    pattern: /\bUnauthorized\b|the server has asked for the client to provide credentials/,
    hint: "The operator's credentials were refused: check its service account and the token that is mounted.",
    example: 'Unauthorized',
  },
  {
    from: 'kubernetes',
    pattern: /too many requests|TooManyRequests/i,
    hint: 'The API server has too much to do: run fewer actions at once, or give the operator a flow schema of its own.',
    example: 'the server has received too many requests and has asked us to try again later',
  },
  {
    from: 'kubernetes',
    pattern: /etcdserver: (?:request is too large|mvcc: database space exceeded)|RequestEntityTooLarge/,
    hint: 'What was to be stored is too large for the API server: make outputs and the Blueprint smaller.',
    example: 'etcdserver: request is too large',
  },
  {
    from: 'kubernetes',
    pattern: /ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ETIMEDOUT|ENETUNREACH|connection refused|socket hang up/,
    hint: 'The API server does not answer: check that it runs and that the operator may reach it (NetworkPolicies, proxies).',
    example: 'connect ECONNREFUSED 10.96.0.1:443',
  },
  // Repositories of restic and kopia.
  {
    from: 'log',
    pattern:
      /wrong password or no key found|invalid repository password|unable to derive.*format encryption key/,
    hint: 'The repository was made with another password: give the one with which it was made.',
    example: 'Fatal: wrong password or no key found',
  },
  {
    from: 'log',
    pattern:
      /Is there a repository at the following location|repository does not exist|repository not initialized in the provided storage|unable to open config file/,
    hint: 'There is no repository yet at this place: run a backup first, or correct the bucket and prefix of the Profile.',
    example:
      'Fatal: repository does not exist: unable to open config file: Stat: The specified key does not exist.',
  },
  {
    from: 'log',
    pattern: /repository is already locked|unable to create lock in backend/,
    hint: 'Another run holds the repository: wait for it to end, or remove its lock (restic unlock) when nothing uses it any more.',
    example: 'unable to create lock in backend: repository is already locked by PID 17 on job-x',
  },
  // Object stores, by the codes of S3 and what tools make of them.
  {
    pattern:
      /NoSuchBucket|BucketNotFound|The specified bucket does not exist|ContainerNotFound|bucket .* does not exist/,
    hint: 'Create the bucket, or correct bucket, endpoint and region of the Profile.',
    example: 'PutObject: NoSuchBucket: The specified bucket does not exist (status code: 404)',
  },
  {
    pattern: /InvalidAccessKeyId|InvalidClientTokenId|The AWS Access Key Id you provided does not exist/,
    hint: `Correct the access key id of ${CREDENTIALS}: the store does not know it.`,
    example:
      'PutObject: InvalidAccessKeyId: The Access Key Id you provided does not exist (status code: 403)',
  },
  {
    pattern: /SignatureDoesNotMatch|AuthenticationFailed: Server failed to authenticate/,
    hint: `Correct the secret key of ${CREDENTIALS} (often it ends with a line break); also check that no proxy changes requests.`,
    example:
      'PutObject: SignatureDoesNotMatch: The request signature we calculated does not match (status code: 403)',
  },
  {
    pattern: /RequestTimeTooSkewed|request time and the (?:current|server's) time is too large/,
    hint: 'The clock of the node is wrong by more than 15 minutes: set it by NTP.',
    example:
      "HeadBucket: RequestTimeTooSkewed: The difference between the request time and the server's time is too large",
  },
  {
    pattern: /ExpiredToken|TokenRefreshRequired|token (?:included in the request )?(?:has|is) expired/i,
    hint: 'The session token of the credentials has run out: put a new one into the Secret, or use keys that last.',
    example: 'GetObject: ExpiredToken: The provided token has expired (status code: 400)',
  },
  {
    pattern: /InvalidToken: |invalid_grant|UnrecognizedClientException/,
    hint: `Replace the credentials of ${CREDENTIALS}: the provider no longer takes them.`,
    example: 'oauth2: "invalid_grant" "Invalid JWT Signature."',
  },
  {
    pattern:
      /PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|must be addressed using the specified endpoint|\(status code: 301|the region .* is wrong/i,
    hint: "Set the region (and the endpoint) of the Profile to the bucket's own: the store says that the bucket is elsewhere.",
    example:
      'HeadBucket: PermanentRedirect: The bucket must be addressed using the specified endpoint (status code: 301)',
  },
  {
    pattern: /InvalidBucketName|InvalidBucket\b/,
    hint: 'Correct the bucket of the Profile: it is the name alone, without s3:// and without a path.',
    example: 'PutObject: InvalidBucketName: The specified bucket is not valid (status code: 400)',
  },
  {
    pattern: /XMinioStorageFull|QuotaExceeded|AccountStorageQuota|StorageFull|InsufficientStorage/,
    hint: 'The object store is full: free space there, or raise its quota.',
    example: 'PutObject: XMinioStorageFull: Storage backend has reached its minimum free drive threshold',
  },
  {
    pattern: /NoSuchKey|The specified key does not exist|BlobNotFound/,
    hint: 'There is no object of that name: check the artifact, and bucket and prefix of the Profile.',
    example: 'download failed: An error occurred (NoSuchKey) when calling the GetObject operation',
  },
  {
    pattern: /SlowDown|Please reduce your request rate|ServerBusy/,
    hint: 'The object store asks for fewer requests: run fewer actions at once, then again.',
    example: 'PutObject: SlowDown: Please reduce your request rate (status code: 503)',
  },
  {
    pattern:
      /\bAccess ?Denied\b(?! for user)|AllAccessDisabled|AuthorizationFailure|AuthorizationPermissionMismatch|HTTP 403/,
    hint: 'The credentials lack a right: grant them to list, read, write and delete in the bucket and prefix of the Profile.',
    example: 'PutObject: AccessDenied: Access Denied. (status code: 403, request id: 17)',
  },
  {
    from: 'store',
    pattern: /\bForbidden\b/,
    hint: 'The credentials are unknown to the store or lack a right: check the Secret of the Profile and its rights on the bucket.',
    example: 'HeadBucket: Forbidden: no message (status code: 403)',
  },
  // Databases.
  {
    from: 'log',
    pattern:
      /password authentication failed|Access denied for user|Authentication failed|WRONGPASS|NOAUTH|authentication is required/i,
    hint: 'The database refused user and password: check the Secret that the action names against what the database has.',
    example: 'pg_dump: error: FATAL:  password authentication failed for user "app"',
  },
  {
    from: 'log',
    pattern: /no pg_hba\.conf entry for host|Host .* is not allowed to connect/,
    hint: 'The database does not let this pod in: allow its address and user (pg_hba.conf, grants), or run the command in the pod of the database.',
    example: 'FATAL:  no pg_hba.conf entry for host "10.1.2.3", user "app", database "shop"',
  },
  {
    from: 'log',
    pattern: /(?:database|role) "[^"]+" does not exist|Unknown database/,
    hint: 'Correct the name of the database or of its user in the Blueprint or in the options of the ActionSet.',
    example: 'FATAL:  database "ordres" does not exist',
  },
  {
    from: 'log',
    pattern: /server version mismatch|aborting because of server version/,
    hint: 'Use an image whose client tools are at least as new as the database.',
    example: 'pg_dump: error: aborting because of server version mismatch',
  },
  {
    from: 'log',
    pattern: /too many clients already|remaining connection slots|Too many connections/,
    hint: 'The database has no connection left: raise its limit, or run the action when it has less to do.',
    example: 'FATAL:  sorry, too many clients already',
  },
  {
    from: 'log',
    pattern: /is being accessed by other users/,
    hint: 'Stop what uses the database first, for instance by ScaleWorkload to 0.',
    example: 'ERROR:  database "shop" is being accessed by other users',
  },
  // The network and the machine.
  {
    pattern:
      /certificate signed by unknown authority|self[- ]signed certificate|unable to get local issuer|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|SELF_SIGNED_CERT|CERT_HAS_EXPIRED|certificate has expired|ALTNAME_INVALID|certificate is (?:valid for|not valid)/i,
    hint: 'The certificate of the other side is not trusted: renew it, give the authority that signed it (SSL_CERT_FILE, NODE_EXTRA_CA_CERTS), or set skipSSLVerify in the Profile.',
    example: 'Put "https://s3:9000": x509: certificate signed by unknown authority',
  },
  {
    pattern: /http: server gave HTTP response to HTTPS client|wrong version number|EPROTO/,
    hint: 'The endpoint speaks http, not https, or the other way round: correct its scheme and port.',
    example: 'Put "https://minio:9000": http: server gave HTTP response to HTTPS client',
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|no such host|Could not resolve host|could not translate host name|Name or service not known|Temporary failure in name resolution/,
    hint: 'The name of the host is not known: correct the endpoint, or check the DNS of the cluster.',
    example: 'dial tcp: lookup minio.strage.svc on 10.96.0.10:53: no such host',
  },
  {
    pattern: /ECONNREFUSED|connection refused/i,
    hint: 'Nothing answers at this address and port: check that the service runs, and host and port.',
    example: 'psql: error: connection to server at "db" (10.1.2.3), port 5432 failed: Connection refused',
  },
  {
    pattern:
      /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed? ?out while connecting|Connection timed out|i\/o timeout|No route to host|Network is unreachable/i,
    hint: 'The network does not let it through: check NetworkPolicies, proxies, and host and port.',
    example: 'dial tcp 10.1.2.3:9000: i/o timeout',
  },
  {
    pattern: /ECONNRESET|socket hang up|connection reset by peer|broken pipe|unexpected EOF/i,
    hint: 'The connection broke on the way: look at the other side, then run the action again.',
    example: 'read tcp 10.1.2.3:9000: connection reset by peer',
  },
  {
    from: 'log',
    pattern: /No space left on device|disk quota exceeded/i,
    hint: 'The volume is full: use a larger one, or stream the data to the object store (kando location push -).',
    example: 'pg_dump: error: could not write: No space left on device',
  },
  {
    from: 'log',
    pattern: /Read-only file system/i,
    hint: 'Write to a volume: mount one by podOverride or the volumes of the function.',
    example: "touch: cannot touch '/data/x': Read-only file system",
  },
  {
    from: 'log',
    pattern: /exec format error/i,
    hint: 'The image is for another kind of processor than the node has: use one for both, or choose nodes by nodeSelector in podOverride.',
    example: 'exec /usr/bin/kando: exec format error',
  },
  {
    from: 'log',
    pattern:
      /(?:^|[\s"':])(?<command>[\w./-]+): (?:command )?not found|executable file not found|unrecognized option|invalid option/,
    hint: 'The image lacks the command, or has another version of it: check image and command of the phase.',
    example: 'sh: 1: pg_dmup: not found',
  },
  {
    from: 'log',
    pattern: /Permission denied|Operation not permitted|EACCES/i,
    hint: 'The user of the container may not do this: set runAsUser or fsGroup in podOverride.securityContext, or mend the rights of the files.',
    example: "mkdir: cannot create directory '/data': Permission denied",
  },
  {
    from: 'log',
    pattern: /Cannot allocate memory|Out of memory|JavaScript heap|std::bad_alloc|^Killed$/im,
    hint: 'The command ran out of memory: raise the memory limit in podOverride.',
    example: 'fork: Cannot allocate memory',
  },
  {
    from: 'log',
    pattern: /No such file or directory|ENOENT/i,
    hint: 'A file or folder is missing: check paths and mounts of the phase.',
    example: 'cat: /etc/backup/list: No such file or directory',
  },
];

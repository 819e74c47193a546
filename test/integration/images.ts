/** Names that the sandbox's table and the cluster's registry both have. */
export const IMAGES = {
  shell: 'busybox:1.36',
  tools: 'ghcr.io/kanisterio/kanister-tools:0.119.0',
} as const;

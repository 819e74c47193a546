/** What is wrong with the name of a port (IANA_SVC_NAME), in the API server's words. */
export function portNameComplaints(name: string): string[] {
  return [
    ...(name.length > 15 ? ['must be no more than 15 characters'] : []),
    ...(/^[-a-z0-9]+$/.test(name)
      ? []
      : ['must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)']),
    ...(/[a-z]/.test(name) ? [] : ['must contain at least one letter (a-z)']),
    ...(name.includes('--') ? ['must not contain consecutive hyphens'] : []),
    ...(name.length > 0 && (name.startsWith('-') || name.endsWith('-'))
      ? ['must not begin or end with a hyphen']
      : []),
  ];
}

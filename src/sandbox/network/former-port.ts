/** Listens where it did before, so that whoever knew it finds it again; where something else has taken the port, on any free one. */
export async function openAtFormerPort<Server>(
  port: number,
  open: (port: number) => Promise<Server>,
  onTaken: (port: number) => void,
): Promise<Server> {
  try {
    return await open(port);
  } catch (error) {
    if (port === 0 || !isTaken(error)) throw error;
    onTaken(port);
    return open(0);
  }
}

/** Something else listens there. */
export const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';

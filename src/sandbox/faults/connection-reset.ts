import { ConnectionFailed } from '../../kubernetes/transport.ts';

/** The connection broke before an answer came, or in the midst of one. Whether the request was carried out is not said. */
export class ConnectionReset extends ConnectionFailed {
  constructor() {
    super('the connection was reset', { sent: true, transient: true });
    this.name = 'ConnectionReset';
  }
}

import { createServer } from 'node:net';

/** Rejects with the system's error, such as EADDRINUSE, when nothing can listen there. 0 takes any free port. */
export function tryPort(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}

/** A port of the loopback that is free at this moment. */
export const freePort = (): Promise<number> => tryPort(0, '127.0.0.1');

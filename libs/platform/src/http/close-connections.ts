import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Answers that are under way when the server closes have so long to be given. */
const LAST_ANSWERS_MS = 5_000;
const SWEEP_MS = 100;

/**
 * Lets a closing server wait for answers alone. By itself it would wait for every connection on which nothing has been
 * asked yet, as browsers and load balancers keep them: node takes those for busy, and, once it closes, looks after its
 * timeouts no more.
 */
export function closeConnections(server: FastifyInstance): void {
  const connections = new Set<Socket>();
  /** Not by connection: several requests may follow each other on one before the first is answered. */
  const answers = new Set<ServerResponse>();
  server.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  server.server.on('request', (_: IncomingMessage, answer: ServerResponse) => {
    answers.add(answer);
    answer.once('close', () => answers.delete(answer));
  });
  const sweep = () => {
    const awaited = new Set([...answers].map(({ req }) => req.socket));
    for (const socket of connections) if (!awaited.has(socket)) socket.destroy();
  };
  let sweeps: NodeJS.Timeout | undefined;
  let last: NodeJS.Timeout | undefined;
  server.addHook('preClose', async () => {
    sweep();
    sweeps = setInterval(sweep, SWEEP_MS);
    last = setTimeout(() => server.server.closeAllConnections(), LAST_ANSWERS_MS);
  });
  server.addHook('onClose', async () => {
    clearInterval(sweeps);
    clearTimeout(last);
  });
}

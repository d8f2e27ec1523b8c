import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Behaviour, Gate, PASS } from './behaviour.ts';
import { Link } from './link.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy that misbehaves on request, for every connection through it, those that are open included. */
export class TcpProxy {
  readonly #server: Server;
  #target: Target;
  readonly #links = new Set<Link>();
  readonly #gate = new Gate();
  /** Told of every piece that a client sends, and of every connection that is refused. */
  onAsked: (piece: Buffer | null) => void = () => undefined;
  /** Connections cut so far because an answer was to be lost. */
  answersLost = 0;

  private constructor(target: Target) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port of the loopback, which it keeps. The target need not be up. */
  static async start(target: Target): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where new connections lead from now on. */
  retarget(port: number): void {
    this.#target = { ...this.#target, port };
  }

  /** Whether it lets everything pass. */
  get isWhole(): boolean {
    return this.#gate.behaviour.kind === 'pass';
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#links.size;
  }

  /** The same URL, through this proxy. */
  through(url: string): string {
    const detour = new URL(url);
    detour.hostname = '127.0.0.1';
    detour.port = String(this.port);
    return detour.href.replace(/\/$/, '');
  }

  /** From now on. What was held is delivered; whoever lost bytes in a blackhole is reset, for its stream has a gap. */
  behave(behaviour: Behaviour): void {
    this.#gate.become(behaviour);
    for (const link of this.#links) if (link.hasGap || behaviour.kind === 'refuse') link.reset();
  }

  /** Whole again. */
  heal(): void {
    this.behave(PASS);
  }

  /** Cuts every open connection by RST; new ones are let in. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Ends the answers of every open connection by FIN, and goes on taking requests. */
  halfClose(): void {
    for (const link of this.#links) link.endAnswers();
  }

  async stop(): Promise<void> {
    this.heal();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.reset();
    await closed;
  }

  #accept(client: Socket): void {
    if (this.#gate.behaviour.kind === 'refuse') {
      this.onAsked(null);
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const link = new Link(client, this.#target, this.#gate, {
      asked: (piece) => this.onAsked(piece),
      answerLost: () => this.answersLost++,
    });
    this.#links.add(link);
    void link.closed.then(() => this.#links.delete(link));
  }
}

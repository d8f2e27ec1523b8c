import { isIPv6 } from 'node:net';
import type { LauncherConfig } from '../../libs/platform/src/config/index.ts';

export interface Addresses {
  readonly taskPilot: string;
  readonly dtp: string;
}

/** Where a caller on this machine reaches the planes. */
export function addresses({ host, taskPilotPort, dtpPort }: LauncherConfig): Addresses {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  const name = everywhere[host] ?? host;
  const origin = `http://${isIPv6(name) ? `[${name}]` : name}`;
  return { taskPilot: `${origin}:${taskPilotPort}`, dtp: `${origin}:${dtpPort}` };
}

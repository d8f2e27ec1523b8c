import { setTimeout as delay } from 'node:timers/promises';
import type { LauncherConfig } from '../../libs/platform/src/config/index.ts';
import { tryPort } from '../ports.ts';
import { StartError } from '../start-error.ts';

/**
 * Checks both ports before anything is started.
 * @param patienceMs how long to wait for the planes of an earlier, killed run to finish and let go of them
 * @throws StartError that names the port and the variable
 */
export async function claimPorts(config: LauncherConfig, patienceMs: number, signal: AbortSignal): Promise<void> {
  const { taskPilotPort, dtpPort, host } = config;
  if (taskPilotPort === dtpPort) {
    throw new StartError(`TASKPILOT_PORT and DTP_PORT are both ${dtpPort}: each plane needs a port of its own.`);
  }
  const deadline = Date.now() + patienceMs;
  await claimPort('TASKPILOT_PORT', taskPilotPort, host, deadline, signal);
  await claimPort('DTP_PORT', dtpPort, host, deadline, signal);
}

async function claimPort(variable: string, port: number, host: string, deadline: number, signal: AbortSignal) {
  for (let told = false; ; told = true) {
    try {
      await tryPort(port, host);
      return;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE' || Date.now() > deadline) throw new StartError(explain(code, variable, port, host));
    }
    if (!told) console.log(`Waiting for a plane of the last run to let go of port ${port} …`);
    await delay(250, undefined, { signal });
  }
}

function explain(code: string, variable: string, port: number, host: string): string {
  if (code === 'EADDRINUSE') return `Port ${port} is in use: set ${variable} to another, or stop what listens there.`;
  if (code === 'EACCES') return `This user may not listen on port ${port}: set ${variable} to one above 1023.`;
  return `Nothing can listen on HOST "${host}", port ${port} (${code}): set HOST to an address of this machine.`;
}

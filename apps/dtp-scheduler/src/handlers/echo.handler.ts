import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@taskpilot/contracts';
import { type TaskContext, TaskHandler } from './task-handler.ts';

/** Answers its payload. For demos and tests. */
@Injectable()
@TaskHandler('echo')
export class EchoHandler implements TaskHandler {
  async run({ payload }: TaskContext): Promise<JsonObject> {
    return payload;
  }
}

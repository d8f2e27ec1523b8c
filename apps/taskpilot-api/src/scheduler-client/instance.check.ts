import { Injectable } from '@nestjs/common';
import { ReadinessCheck } from '@taskpilot/platform';
import { DtpInstance } from './dtp-instance.ts';

/** Holds unless another DTP than ours has answered. That DTP is away does not matter: tasks are accepted all the same. */
@Injectable()
export class InstanceCheck extends ReadinessCheck {
  readonly name = 'dtpInstance';

  constructor(private readonly instance: DtpInstance) {
    super();
  }

  async check(): Promise<void> {
    if (this.instance.fault) throw new Error(this.instance.fault);
  }
}

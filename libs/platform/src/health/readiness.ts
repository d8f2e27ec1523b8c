import { Injectable } from '@nestjs/common';

/** Whether this process wants new work. It does from its start until it is told to stop. */
@Injectable()
export class Readiness {
  private draining = false;

  get isDraining(): boolean {
    return this.draining;
  }

  /** From now on `/health/ready` answers 503, for good. */
  drain(): void {
    this.draining = true;
  }
}

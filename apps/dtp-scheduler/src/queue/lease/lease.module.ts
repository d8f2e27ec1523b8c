import { Module } from '@nestjs/common';
import { DtpConfig } from '@taskpilot/platform';
import { WorkerLease } from './lease.port.ts';
import { ThreadedLease } from './threaded-lease.ts';

/** Offers the lease of this process's worker. Its thread starts with the first `acquire`, so never in an API process. */
@Module({
  providers: [
    {
      provide: WorkerLease,
      useFactory: ({ databaseDirectUrl, leaseMs }: DtpConfig) => new ThreadedLease({ url: databaseDirectUrl, leaseMs }),
      inject: [DtpConfig],
    },
  ],
  exports: [WorkerLease],
})
export class LeaseModule {}

import { Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { QueueModule } from '../queue/queue.module.ts';
import { CancelSweep } from './cancel-sweep.ts';
import { DatabaseContact } from './database-contact.ts';
import { DeadlineSweep } from './deadline-sweep.ts';
import { DueMover } from './due-mover.ts';
import { Maintenance, SWEEPS } from './maintenance.ts';
import { OrphanSweep } from './orphan-sweep.ts';
import { StraySweep } from './stray-sweep.ts';
import type { Sweep } from './sweep.ts';
import { TaskPruner } from './task-pruner.ts';
import { TaskRescuer } from './task-rescuer.ts';
import { UnhandledTypesReport } from './unhandled-types-report.ts';
import { VacuumSweep } from './vacuum-sweep.ts';

const sweeps = [
  DueMover,
  TaskRescuer,
  StraySweep,
  DeadlineSweep,
  CancelSweep,
  OrphanSweep,
  TaskPruner,
  VacuumSweep,
  UnhandledTypesReport,
];

@Module({
  imports: [QueueModule, ScheduleModule.forRoot()],
  providers: [
    DatabaseContact,
    Maintenance,
    ...sweeps,
    { provide: SWEEPS, useFactory: (...found: Sweep[]) => found, inject: sweeps },
  ],
})
export class MaintenanceModule {}

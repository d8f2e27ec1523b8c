import { Module } from '@nestjs/common';
import { KeyPruner } from './key-pruner.ts';

@Module({ providers: [KeyPruner] })
export class RetentionModule {}

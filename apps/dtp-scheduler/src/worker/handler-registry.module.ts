import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { HandlerRegistry } from './handler-registry.ts';

/** Apart from the worker, since an API process checks payloads by it without running anything. */
@Module({ imports: [DiscoveryModule], providers: [HandlerRegistry], exports: [HandlerRegistry] })
export class HandlerRegistryModule {}

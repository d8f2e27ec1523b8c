import { Injectable, type OnModuleInit, type Type } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { TASK_HANDLER, type TaskHandler, type TaskHandlerMetadata } from '../handlers/task-handler.ts';

interface Registration {
  readonly metadata: TaskHandlerMetadata;
  readonly handler: TaskHandler;
  readonly className: string;
}

/** The handlers of this process: every provider marked with `@TaskHandler`, by task type. */
@Injectable()
export class HandlerRegistry implements OnModuleInit {
  private readonly registrations = new Map<string, Registration>();

  constructor(private readonly discovery: DiscoveryService) {}

  /** @throws when two providers claim the same type, or one of them cannot run */
  onModuleInit(): void {
    for (const { metatype, instance } of this.discovery.getProviders()) {
      if (typeof metatype !== 'function') continue;
      const metadata: TaskHandlerMetadata | undefined = Reflect.getMetadata(TASK_HANDLER, metatype);
      if (metadata) this.register({ metadata, handler: instance, className: metatype.name });
    }
  }

  types(): readonly string[] {
    return [...this.registrations.keys()];
  }

  get(type: string): TaskHandler | undefined {
    return this.registrations.get(type)?.handler;
  }

  /** The class that payloads of this type must satisfy, where its handler names one. */
  payloadClass(type: string): Type<object> | undefined {
    return this.registrations.get(type)?.metadata.payload;
  }

  private register(registration: Registration): void {
    const { metadata, handler, className } = registration;
    const other = this.registrations.get(metadata.type);
    if (other) {
      throw new Error(
        `Task type "${metadata.type}" has two handlers, ${other.className} and ${className}: give one of them another type.`,
      );
    }
    if (typeof handler?.run !== 'function') {
      throw new Error(
        `${className} handles task type "${metadata.type}" but has no run method: implement TaskHandler.`,
      );
    }
    this.registrations.set(metadata.type, registration);
  }
}

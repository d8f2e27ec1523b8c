import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { TaskHandler } from '../handlers/task-handler.ts';
import { HandlerRegistryModule } from './handler-registry.module.ts';
import { HandlerRegistry } from './handler-registry.ts';

class Payload {}

@Injectable()
@TaskHandler('invoice.render', { payload: Payload })
class RenderInvoice {
  async run() {
    return 'rendered';
  }
}

@Injectable()
@TaskHandler('invoice.render')
class RenderInvoiceAgain {
  async run() {}
}

@Injectable()
@TaskHandler('idle')
class CannotRun {}

const boot = async (...providers: (new () => object)[]) => {
  const module = await Test.createTestingModule({ imports: [HandlerRegistryModule], providers }).compile();
  await module.init();
  return module.get(HandlerRegistry);
};

describe('HandlerRegistry', () => {
  it('finds the marked providers of any module', async () => {
    const registry = await boot(RenderInvoice);
    expect(registry.types()).toEqual(['invoice.render']);
    expect(registry.get('invoice.render')).toBeInstanceOf(RenderInvoice);
    expect(registry.payloadClass('invoice.render')).toBe(Payload);
  });

  it('knows nothing of other types', async () => {
    const registry = await boot();
    expect(registry.get('invoice.render')).toBeUndefined();
    expect(registry.payloadClass('invoice.render')).toBeUndefined();
  });

  it('fails the boot on a doubled type, naming both classes', async () => {
    await expect(boot(RenderInvoice, RenderInvoiceAgain)).rejects.toThrow(
      'Task type "invoice.render" has two handlers, RenderInvoice and RenderInvoiceAgain',
    );
  });

  it('fails the boot on a handler that cannot run', async () => {
    await expect(boot(CannotRun)).rejects.toThrow('CannotRun handles task type "idle" but has no run method');
  });
});

import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';

/**
 * The least that a durable `POST` on Nest and fastify can be: no validation, no idempotency, no logs, one narrow table,
 * and what comes in while a statement runs shares the next one. What our route adds is what it costs above this.
 */
const pool = new Pool({ connectionString: process.argv[3], max: 4 });
await pool.query('CREATE TABLE IF NOT EXISTS bare (id uuid PRIMARY KEY, body json NOT NULL)');

interface Waiting {
  readonly id: string;
  readonly body: object;
  readonly done: () => void;
}

let waiting: Waiting[] = [];
let isRunning = false;

async function flush(): Promise<void> {
  isRunning = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    const bodies = batch.map(({ body }) => JSON.stringify(body));
    await pool.query('INSERT INTO bare SELECT * FROM unnest($1::uuid[], $2::json[])', [
      batch.map(({ id }) => id),
      bodies,
    ]);
    for (const { done } of batch) done();
  }
  isRunning = false;
}

class BareController {
  async create(body: object): Promise<{ id: string }> {
    const id = uuidv7();
    await new Promise<void>((done) => {
      waiting.push({ id, body, done });
      if (!isRunning) void flush();
    });
    return { id };
  }
}

class BareModule {}

// Decorators as the functions they are: node strips types, and knows no decorators.
const { prototype } = BareController;
Post()(prototype, 'create', Object.getOwnPropertyDescriptor(prototype, 'create') as PropertyDescriptor);
Body()(prototype, 'create', 0);
Controller('tasks')(BareController);
Module({ controllers: [BareController] })(BareModule);

const app = await NestFactory.create<NestFastifyApplication>(BareModule, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.once('disconnect', () => process.exit());
process.once('message', () => process.exit());
process.send?.({ url: await app.getUrl() });

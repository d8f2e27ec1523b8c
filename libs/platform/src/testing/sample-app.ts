import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Inject, Module, Param, Post, Put, Query, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { Type as NestedType, Transform } from 'class-transformer';
import { IsInt, IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import { requestContext } from '../context/request-context.ts';
import { HealthModule } from '../health/health.module.ts';
import { ReadinessCheck } from '../health/readiness-check.ts';
import { configureApp } from '../http/configure-app.ts';
import { createFastifyAdapter } from '../http/fastify-adapter.ts';
import { IdPipe } from '../http/id.ts';
import { ApiProblems } from '../openapi/api-problem.ts';

class PolicyDto {
  @IsOptional()
  @IsInt()
  readonly 'max/attempts'?: number;
}

class CreateDto {
  @IsString()
  @Length(1, 5)
  readonly name: string;

  @IsOptional()
  @Transform(({ obj }) => obj.payload)
  @IsObject()
  readonly payload?: object;

  @IsOptional()
  @NestedType(() => PolicyDto)
  @ValidateNested()
  readonly policy?: PolicyDto;
}

class ListQuery {
  @IsOptional()
  @Matches(/^\d+$/)
  readonly limit?: string;
}

/** What `GET /things/:id` does; a test replaces it. */
export abstract class Finder {
  abstract find(id: string): unknown;
}

@Controller('things')
class ThingsController {
  constructor(@Inject(Finder) private readonly finder: Finder) {}

  @Post()
  create(@Body() body: CreateDto): unknown {
    return { received: body };
  }

  @Get()
  list(@Query() query: ListQuery): unknown {
    return query;
  }

  @Get(':id')
  @ApiOperation({ operationId: 'findThing' })
  @ApiProblems('TASK_NOT_FOUND', 'INVALID_ID', 'DATABASE_UNAVAILABLE')
  find(@Param('id', IdPipe) id: string): unknown {
    return this.finder.find(id);
  }

  @Put(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id', IdPipe) id: string): unknown {
    return { id, context: requestContext() };
  }
}

export const SAMPLE = { title: 'Sample', description: 'For tests.', version: '1.2.3' };

/** A small application with all that configureApp gives. */
export async function createSampleApp(
  options: {
    readonly find?: (id: string) => unknown;
    readonly checks?: readonly Type<ReadinessCheck>[];
    readonly prefix?: string;
  } = {},
): Promise<NestFastifyApplication> {
  @Module({
    imports: [HealthModule.forPlane({ checks: options.checks ?? [] })],
    controllers: [ThingsController],
    providers: [{ provide: Finder, useValue: { find: options.find ?? ((id: string) => ({ id })) } }],
  })
  class SampleModule {}

  const testing = await Test.createTestingModule({ imports: [SampleModule] }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(createFastifyAdapter(), { logger: false });
  configureApp(app, { ...SAMPLE, ...(options.prefix ? { prefix: options.prefix } : {}) });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

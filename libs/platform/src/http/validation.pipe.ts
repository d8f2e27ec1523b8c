import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { readDto } from './read-dto.ts';

const NOT_DTOS: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object, Date, Buffer, undefined]);

/** Turns bodies and queries into the DTO that a handler declares, or refuses them with all that is wrong. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    return type === 'custom' || NOT_DTOS.has(metatype) ? value : readDto(metatype as Type<object>, value);
  }
}

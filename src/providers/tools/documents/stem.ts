export * from '../../../core/words.ts';

export * from '../../../core/porter.ts';

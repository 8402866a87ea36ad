export * from '../../../core/stopwords.ts';

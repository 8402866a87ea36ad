import { describe, expect, it } from 'vitest';
import { comparedThings } from '../../../../../src/providers/models/extractive/comparison.ts';
import {
  answerKind,
  keyStems,
  readQuestion,
  subQuestions,
  topicOf,
} from '../../../../../src/providers/models/extractive/question.ts';

describe('readQuestion', () => {
  it.each([
    ['Who wrote the first version of the report?', 'name'],
    ['When was SQLite first released?', 'date'],
    ['Where is the log stored?', 'place'],
    ['How many replicas does a shard have?', 'number'],
    ['What is the default page size of SQLite?', 'number'],
    ['What is write-ahead logging?', 'definition'],
    ['What does WAL stand for?', 'definition'],
    ['Define checkpointing', 'definition'],
    ['Is fsync safe on macOS?', 'open'],
    ['Does WAL mode work over a network file system?', 'open'],
    ['What is the name of the log file?', 'statement'],
    ['In what year did the treaty come into force?', 'date'],
    ['Wann wurde der Vertrag unterzeichnet?', 'date'],
    ['How quickly must a leaking tap be mended?', 'number'],
    ['Why should a ladder not lean on a gutter?', 'reason'],
    ['What will a litre of paint cost in spring?', 'number'],
    ['What is the largest parcel I can send by post?', 'number'],
  ])('takes %s for a fact that wants a %s', (task, answer) => {
    const question = readQuestion(task);
    expect([question.shape, question.answer]).toEqual(['fact', answer]);
  });

  it.each([
    ['Compare WAL mode and rollback journal', ['WAL mode', 'rollback journal']],
    ['SQLite vs LMDB vs RocksDB', ['SQLite', 'LMDB', 'RocksDB']],
    [
      'What is the difference between optimistic and pessimistic locking?',
      ['optimistic locking', 'pessimistic locking'],
    ],
    ['Which is faster: the rollback journal or the write-ahead log?', ['rollback journal', 'write-ahead log']],
    ['Should we use SQLite or PostgreSQL for a desktop application?', ['SQLite', 'PostgreSQL']],
    ['How does WAL mode differ from the rollback journal?', ['WAL mode', 'rollback journal']],
    ['Trade-offs between latency and durability in storage engines', ['latency', 'durability']],
    ['Is WAL mode faster than a rollback journal?', ['WAL mode', 'rollback journal']],
    ['How do B-trees and LSM trees differ?', ['B-trees', 'LSM trees']],
    ['Which crane has the longer boom, the Heron or the Stork?', ['Heron', 'Stork']],
    ['Compare the depth at Westgate and Northpool', ['Westgate', 'Northpool']],
  ])('takes %s for a comparison', (task, things) => {
    const question = readQuestion(task);
    expect([question.shape, question.things]).toEqual(['comparison', things]);
  });

  it.each([
    'How do embedded databases keep committed data safe after a crash or power loss?',
    'Why do databases use checksums?',
    'What are the open problems of durable storage?',
    'Give me an overview of urban heat islands',
    'What is the best way to back up a database?',
    'What is the impact of heat on sleep?',
    'What is WAL and how does checkpointing work?',
    'pros and cons of remote work',
  ])('takes %s for a survey', (task) => {
    expect(readQuestion(task).shape).toBe('survey');
  });

  it('survives a task of symbols and one in another script', () => {
    expect(readQuestion('???').parts).toEqual(['???']);
    expect(readQuestion('電池の寿命はどのくらいですか？').parts).toHaveLength(1);
  });
});

describe('subQuestions', () => {
  it('splits at question marks, semicolons and question words after "and"', () => {
    expect(subQuestions('How is data flushed? What can go wrong?')).toEqual([
      'How is data flushed?',
      'What can go wrong?',
    ]);
    expect(subQuestions('causes of heat islands; measures against heat islands')).toHaveLength(2);
    expect(subQuestions('How does the log work and why is it truncated?')).toEqual([
      'How does the log work',
      'why is it truncated?',
    ]);
  });

  it('takes the items of a numbered list, without the line that announces them', () => {
    expect(
      subQuestions('Please answer these questions about storage:\n1. How is data flushed?\n2. What breaks it?'),
    ).toEqual(['How is data flushed?', 'What breaks it?']);
  });

  it('leaves "and" between nouns alone', () => {
    expect(subQuestions('How do parks and trees cool a city?')).toHaveLength(1);
  });
});

describe('topicOf', () => {
  it.each([
    [
      'How do embedded databases keep committed data safe after a crash or power loss?',
      'embedded databases keep committed data safe',
    ],
    ['Give me an overview of urban heat islands.', 'urban heat islands'],
    ['Why is the sky blue?', 'sky blue'],
    ['the log', 'log'],
  ])('names the subject of %s', (task, topic) => {
    expect(topicOf(task)).toBe(topic);
  });
});

describe('keyStems', () => {
  it('drops what the task says to do and keeps what it is about, unless nothing is left', () => {
    expect(keyStems('Explain how checkpoints work')).toEqual(['checkpoint']);
    expect(keyStems('overview')).not.toEqual([]);
  });
});

describe('answerKind', () => {
  it('wants a reason for why and a place for where', () => {
    expect(answerKind('Why is fsync slow?')).toBe('reason');
    expect(answerKind('Where does the log live?')).toBe('place');
    expect(answerKind('How tall is the tower?')).toBe('number');
    expect(answerKind('Which company built it?')).toBe('name');
  });
});

describe('comparedThings', () => {
  it('finds nothing to compare in an "or" inside a question', () => {
    expect(comparedThings('How is data kept after a crash or power loss?')).toEqual([]);
  });

  it('refuses whole clauses', () => {
    expect(
      comparedThings('Compare everything that was ever written about the history of this very old log and cats'),
    ).toEqual([]);
  });

  it('leaves out what the things are compared for', () => {
    expect(comparedThings('Compare SQLite and LMDB in terms of durability')).toEqual(['SQLite', 'LMDB']);
    expect(comparedThings('Compare SQLite and LMDB: what are the trade-offs?')).toEqual(['SQLite', 'LMDB']);
    expect(comparedThings('SQLite vs LMDB - which one is safer?')).toEqual(['SQLite', 'LMDB']);
    expect(comparedThings('Which is safer and faster: SQLite or LMDB?')).toEqual(['SQLite', 'LMDB']);
  });
});

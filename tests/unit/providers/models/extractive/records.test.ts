import { describe, expect, it } from 'vitest';
import { asked, composed, shelves } from './corpus.ts';

const shelve = shelves();

async function texts(files: Readonly<Record<string, unknown>>, task: string): Promise<readonly string[]> {
  const shelf = await shelve(
    Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value, null, 2)])),
  );
  const { claims } = await asked(shelf, task);
  for (const { source_id, quote, start, end } of claims) {
    expect(shelf.texts.get(source_id)?.slice(start, end)).toBe(quote);
  }
  await shelf.close();
  return claims.map(({ text }) => text);
}

describe('a field of an object', () => {
  it('is said of the object that holds its own', async () => {
    const files = {
      'birch.json': { name: 'Birch tank', limits: { pressure_bar: 9 } },
      'alder.json': { name: 'Alder tank', limits: { pressure_bar: 6 } },
    };
    expect(await texts(files, 'What is the pressure of the Birch tank?')).toEqual([
      'name: Birch tank; limits › pressure_bar: 9',
    ]);
  });

  it('is not said of a text beside it that names nobody', async () => {
    const people = [
      { name: 'Ada Byron', address: { city: 'London', floor: 3 } },
      { name: 'Alan Turing', address: { city: 'Wilmslow', floor: 1 } },
    ];
    const [first] = await texts({ 'people.json': people }, 'On which floor does Ada Byron live?');
    expect(first).toBe('name: Ada Byron; address › floor: 3');
  });

  it('says whose it is in a list', async () => {
    const ferries = [
      { name: 'Alder', battery: { type: 'NMC', capacity_kwh: 800 } },
      { name: 'Birch', battery: { type: 'LFP', capacity_kwh: 1200 } },
    ];
    const found = await texts({ 'ferries.json': { ferries } }, 'What is the battery capacity of the Birch?');
    expect(found[0]).toBe('name: Birch; battery › capacity_kwh: 1200');
    expect(found.filter((text) => !/^name: (?:Alder|Birch); /u.test(text))).toEqual([]);
  });

  it('in a list is not said of the object that holds the list', async () => {
    const tank = {
      name: 'Alder tank',
      valves: [
        { name: 'inlet valve', pressure_bar: 6 },
        { name: 'outlet valve', pressure_bar: 9 },
        { pressure_bar: 12 },
      ],
    };
    const found = await texts({ 'tank.json': tank }, 'What is the pressure of the outlet valve?');
    expect(found[0]).toBe('name: outlet valve; pressure_bar: 9');
    expect(found.filter((text) => text.startsWith('name: Alder tank'))).toEqual([]);
  });

  it('is said of a key where nothing else names its object', async () => {
    const tanks = { Alder: { pressure_bar: 6, volume_l: 400 }, Birch: { pressure_bar: 9, volume_l: 900 } };
    const [first] = await texts({ 'tanks.json': tanks }, 'What is the pressure of the Birch?');
    expect(first).toBe('Birch › pressure_bar: 9');
  });

  it('is said of a name behind an id', async () => {
    const stations = [
      { id: 'st-1', name: 'Gull Rock', height_m: 12 },
      { id: 'st-2', name: 'High Moor', height_m: 612 },
    ];
    const [first] = await texts({ 'stations.json': stations }, 'What is the height of High Moor?');
    expect(first).toBe('name: High Moor; height_m: 612');
  });

  it('of one object is not compared with another of its fields in a later edition', async () => {
    const shelf = await shelve({
      'tank-2023.json': JSON.stringify({ name: 'Birch tank', limits: { pressure_bar: 9, volume_l: 900 } }, null, 2),
      'tank-2025.json': JSON.stringify({ name: 'Birch tank', limits: { pressure_bar: 9, volume_l: 950 } }, null, 2),
    });
    const report = await composed(shelf, 'What is the pressure of the Birch tank?');
    expect(report).not.toMatch(/conflict: .*pressure/u);
    await shelf.close();
  });
});

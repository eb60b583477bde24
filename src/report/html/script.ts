import { CHANGES, OUTCOMES } from '../../result/reasons.js';

/** How many rows are printed at most: some 150 sheets of paper. */
const MAX_PRINTED = 5_000;

/**
 * The only script of the page: it sorts, searches and filters the table of all items, and shows it in
 * pages. It reads the rows as text, one a line, and makes elements of a fixed set of names, and text;
 * it never inserts markup.
 */
export const script = String.raw`(() => {
  'use strict';
  const $ = (id) => document.getElementById(id);
  const place = $('table');
  if (!place) return;
  const { columns, facets, groups } = JSON.parse(place.dataset.table);
  const perPage = 100;
  const count = (number) => number.toLocaleString('en-US');
  const goTo = (id) => $(id).scrollIntoView({ behavior: 'instant' });
  const make = (name, props) => Object.assign(document.createElement(name), props);

  // ---- Rows: lines such as '<tr class="skipped" data-g="3"><td>Skipped<td>…'
  const entities = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  const decode = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => entities[name]);
  const textOf = (source) => decode(source.replace(/<[^>]*>/g, ''));
  const attribute = (source, name) => source.split(' ' + name + '="')[1]?.split('"')[0];
  const rows = [];
  for (const line of place.querySelector('noscript').textContent.split('\n')) {
    if (line.startsWith('<tr class')) rows.push({ line, index: rows.length, group: Number(attribute(line, 'data-g')) });
  }
  const columnAt = (key) => columns.findIndex(([name]) => name === key);
  const valueAt = columnAt('value');
  function cellOf(row, at) {
    row.cells ??= row.line.split('<td');
    return '<td' + row.cells[at + 1];
  }

  function original(row) {
    const cell = cellOf(row, valueAt);
    const exact = attribute(cell, 'data-v');
    if (exact !== undefined) return JSON.parse('"' + decode(exact) + '"');
    return decode(/>([^<]*)/.exec(cell.replace(/<wbr>/g, ''))[1]);
  }

  const names = new Set(['td', 'b', 'i', 'small', 'code', 'span', 'details', 'summary', 'wbr']);
  function element(row) {
    const tr = make('tr', { className: attribute(row.line, 'class') });
    let at = tr;
    for (const [, end, name, attributes, text] of row.line.slice(row.line.indexOf('<td')).matchAll(/<(\/?)(\w+)([^>]*)>|([^<]+)/g)) {
      if (text) at.append(decode(text));
      else if (end) at = at.parentNode;
      else if (names.has(name)) {
        const child = document.createElement(name);
        if (name === 'span' && attributes.includes('class="u"')) child.className = 'u';
        (name === 'td' ? tr : at).append(child);
        if (name !== 'wbr') at = child;
      }
    }
    const button = make('button', { type: 'button', className: 'copy', title: 'Copy' });
    button.setAttribute('aria-label', 'Copy the original value of row ' + (row.index + 1));
    button.onclick = () => copy(original(row), button);
    tr.children[valueAt].prepend(button);
    return tr;
  }

  // ---- Search
  // Refangs a text, so that a value is found by both of its forms, and a reason by its code or label.
  const unit = /_|\[[.@:\u3002\uff0e\uff61]\]|hxxp|fxp(?=s?:)/gi;
  const refanged = (part) => part === '_' ? ' ' : part[0] === '[' ? part[1] : part.length === 3 ? 'ftp' : 'http';
  const searchable = (text) => text.replace(unit, refanged).toLowerCase();

  function has(row, text) {
    row.text ??= searchable(textOf(row.line.replace(/<td/g, '\n<td')) + '\n' + original(row));
    return row.text.includes(text);
  }

  // Marks a text in a cell. Its searchable form may be shorter than what is shown, so each of its
  // characters has its position in what is shown.
  function mark(cell, wanted) {
    const nodes = [];
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    let shown = '';
    while (walker.nextNode()) {
      nodes.push([walker.currentNode, shown.length]);
      shown += walker.currentNode.data;
    }
    let text = '';
    const starts = [];
    const add = (part, from, step) => {
      for (const char of part) {
        const low = char.toLowerCase();
        for (let at = 0; at < low.length; at++) starts.push(from);
        text += low;
        from += step * char.length;
      }
    };
    let done = 0;
    for (const { 0: part, index } of shown.matchAll(unit)) {
      add(shown.slice(done, index), done, 1);
      add(refanged(part), index, 0);
      done = index + part.length;
    }
    add(shown.slice(done), done, 1);
    starts.push(shown.length);
    const hits = [];
    for (let at = text.indexOf(wanted); at >= 0 && hits.length < 100; at = text.indexOf(wanted, at + wanted.length)) hits.push([starts[at], starts[at + wanted.length]]);
    for (const [node, start] of nodes) {
      for (const [from, to] of hits.slice().reverse()) {
        const first = Math.max(from - start, 0);
        const last = Math.min(to - start, node.length);
        if (first >= last) continue;
        const hit = node.splitText(first);
        hit.splitText(last - first);
        const found = make('mark', { textContent: hit.data });
        hit.replaceWith(found);
      }
    }
  }

  // ---- What is shown: the filters, the search, the order and the page
  const everything = { find: '', column: -1, down: false, page: 0 };
  for (const [key] of facets) everything[key] = undefined;
  let view = everything;
  let order = rows;
  let found = rows;

  // The codes in a URL are compared with those of the page; anything else is ignored.
  function viewOf(text) {
    const next = { ...everything };
    if (text.length > 20000) return next;
    const params = new URLSearchParams(text);
    for (const [key, options] of facets) {
      const code = params.get(key);
      if (options.some(([known]) => known === code)) next[key] = code;
    }
    next.find = (params.get('q') || '').slice(0, 2100);
    const sort = params.get('sort') || '';
    next.down = sort[0] === '-';
    next.column = columnAt(sort.slice(next.down ? 1 : 0));
    const page = params.get('page') || '';
    if (/^[1-9]\d{0,4}$/.test(page)) next.page = page - 1;
    return next;
  }

  function hashOf({ find, column, down, page, ...codes }) {
    const params = new URLSearchParams();
    for (const [key] of facets) if (codes[key] !== undefined) params.set(key, codes[key]);
    if (find) params.set('q', find);
    if (column >= 0) params.set('sort', (down ? '-' : '') + columns[column][0]);
    if (page > 0) params.set('page', page + 1);
    const text = params.toString();
    return text ? '#all?' + text : '#all';
  }

  const isOurs = (hash) => hash === '#all' || hash.startsWith('#all?');

  // A page may have no history that it can write to, for example in a frame.
  function remember(replaces) {
    const hash = hashOf(view);
    if (hash === location.hash || (hash === '#all' && !isOurs(location.hash))) return;
    try {
      history[replaces ? 'replaceState' : 'pushState'](null, '', hash);
    } catch {}
  }

  function change(changes, replaces) {
    view = { ...view, page: 0, ...changes };
    update();
    remember(replaces);
  }

  function numberOf(list, text) {
    const at = list.indexOf(text);
    return at < 0 ? undefined : at;
  }
  const codeOf = (row, at) => facets[at][1][groups[row.group][at]]?.[0];
  const sortKeys = {
    outcome: (row) => numberOf(${JSON.stringify(OUTCOMES)}, codeOf(row, 0)),
    change: (row) => numberOf(${JSON.stringify([...CHANGES, 'unchanged'])}, codeOf(row, 1)),
    value: (row) => original(row).toLowerCase(),
    risk: (row, at) => numberOf(['High', 'Medium', 'Low'], textOf(cellOf(row, at))),
    score: (row, at) => textOf(cellOf(row, at)) && Number(textOf(cellOf(row, at))),
  };
  const collator = new Intl.Collator('en', { numeric: true });
  const isMissing = (key) => key === undefined || key === '';

  function sorted({ column, down }) {
    if (column < 0) return rows;
    const keyOf = sortKeys[columns[column][0]] || ((row, at) => textOf(cellOf(row, at)));
    const sign = down ? -1 : 1;
    const compare = (a, b) => typeof a === 'number' ? a - b : collator.compare(a, b);
    const keyed = rows.map((row) => ({ row, key: keyOf(row, column) }));
    const known = keyed.filter(({ key }) => !isMissing(key)).sort((a, b) => sign * compare(a.key, b.key));
    return known.concat(keyed.filter(({ key }) => isMissing(key))).map(({ row }) => row);
  }

  let orderIsOf = '';
  function update() {
    const name = view.column + ' ' + view.down;
    if (name !== orderIsOf) order = sorted(view);
    orderIsOf = name;
    const wanted = facets.map(([key, options]) => view[key] === undefined ? undefined : options.findIndex(([code]) => code === view[key]));
    const fits = groups.map((group) => group.every((option, at) => wanted[at] === undefined || wanted[at] === option));
    const text = searchable(view.find.trim());
    const isFiltered = text !== '' || wanted.some((option) => option !== undefined);
    found = isFiltered ? order.filter((row) => fits[row.group] && (!text || has(row, text))) : order;
    document.documentElement.toggleAttribute('data-filtered', isFiltered);
    show();
  }

  function fill(some) {
    const part = document.createDocumentFragment();
    const text = searchable(view.find.trim());
    for (const row of some) {
      const tr = element(row);
      if (text) for (const cell of tr.children) mark(cell, text);
      part.append(tr);
    }
    body.replaceChildren(part);
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / perPage));
    view.page = Math.min(view.page, pages - 1);
    const first = view.page * perPage;
    const some = found.slice(first, first + perPage);
    fill(some);
    const range = some.length ? count(first + 1) + '–' + count(first + some.length) + ' of ' : '';
    $('shown').textContent = found.length === rows.length
      ? range + count(rows.length) + (rows.length === 1 ? ' item' : ' items')
      : range + count(found.length) + ' found among ' + count(rows.length) + ' items';
    for (const element of document.querySelectorAll('.page')) element.textContent = 'Page ' + count(view.page + 1) + ' of ' + count(pages);
    for (const button of turns) button.disabled = view.page === (isBack(button) ? 0 : pages - 1);
    labelCopyFound();
    if ($('find').value !== view.find) $('find').value = view.find;
    // With the sign, an empty code is different from "All".
    for (const [key] of facets) $(key).value = view[key] === undefined ? '' : '=' + view[key];
    headers.forEach((th, at) => {
      if (at === view.column) th.setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
      else th.removeAttribute('aria-sort');
    });
  }

  // ---- Copying
  // A page opened from disk may have no clipboard, or no permission to use it.
  function copyBySelection(text) {
    const area = make('textarea', { value: text, className: 'hidden', readOnly: true });
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    let done = false;
    // A text area changes line ends, so the event gets the text.
    const setExactText = (event) => {
      event.clipboardData.setData('text/plain', text);
      event.preventDefault();
      done = true;
    };
    document.addEventListener('copy', setExactText);
    const worked = document.execCommand('copy');
    document.removeEventListener('copy', setExactText);
    area.remove();
    if (before) before.focus({ preventScroll: true });
    return worked || done;
  }

  async function copy(text, button, result = 'Copied.') {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = copyBySelection(text);
    }
    button.classList.add(done ? 'done' : 'failed');
    $('copied').textContent = done ? result : 'The browser did not allow the page to copy.';
    setTimeout(() => {
      button.classList.remove('done', 'failed');
      $('copied').textContent = '';
      labelCopyFound();
    }, 2500);
    return done;
  }

  const values = (number) => count(number) + (number === 1 ? ' value' : ' values');
  const copyFound = $('copy-found');
  function labelCopyFound() {
    copyFound.textContent = 'Copy ' + values(found.length);
    copyFound.disabled = found.length === 0;
  }

  copyFound.onclick = async () => {
    // A value with a line end in it would become two lines, and so two values.
    const all = found.map((row) => original(row).trim());
    const lines = all.filter((value) => value !== '' && !/[\n\v\f\r\x85\u2028\u2029]/.test(value));
    const left = all.length - lines.length;
    const result = values(lines.length) + ' copied' + (left ? '; ' + count(left) + ' with a line end or without text left out' : '') + '.';
    const done = await copy(lines.join('\n'), copyFound, result);
    copyFound.textContent = done ? result.slice(0, -1) : 'Copying failed';
  };

  // ---- The table and its controls
  const table = make('table', { id: 'items', translate: false });
  table.append(make('caption', { className: 'hidden', textContent: 'All items of the run' }));
  const headRow = table.createTHead().insertRow();
  const headers = columns.map(([, label], column) => {
    const th = make('th', { scope: 'col' });
    const button = make('button', { type: 'button', textContent: label });
    button.onclick = () => change({ column, down: view.column === column && !view.down });
    th.append(button);
    headRow.append(th);
    return th;
  });
  const sorters = headers.map((th) => th.firstChild);
  const body = table.createTBody();
  body.id = 'rows';
  if ($('items')) $('items').remove();
  place.append(table);

  facets.forEach(([key, options], facet) => {
    const counts = options.map(() => 0);
    for (const { group } of rows) counts[groups[group][facet]]++;
    $(key).append(new Option('All', ''));
    const largestFirst = options.map((_, at) => at).sort((a, b) => counts[b] - counts[a]);
    for (const at of largestFirst) $(key).append(new Option(options[at][1] + ' (' + count(counts[at]) + ')', '=' + options[at][0]));
    $(key).disabled = options.length === 0;
    $(key).onchange = () => change({ [key]: $(key).value ? $(key).value.slice(1) : undefined });
  });
  $('find').oninput = () => change({ find: $('find').value }, true);
  $('reset').onclick = () => change(everything);

  const turns = Array.from(document.querySelectorAll('.pages button'));
  const isBack = (button) => /first|previous/.test(button.dataset.to);
  const targets = { first: () => 0, previous: () => view.page - 1, next: () => view.page + 1, last: () => Math.ceil(found.length / perPage) - 1 };
  for (const button of turns) {
    button.onclick = () => {
      change({ page: targets[button.dataset.to]() });
      const isBelow = button.closest('#pager-below') !== null;
      if (isBelow) goTo('pager');
      // The focus goes on in the pager above the rows, and never stays on a disabled button.
      if (!isBelow && !button.disabled) return;
      const others = turns.slice(0, 4).filter((other) => !other.disabled);
      const next = others.find((other) => other.dataset.to === button.dataset.to) || others[0];
      if (next) next.focus({ preventScroll: true });
    };
  }

  // ---- Links to a filtered table
  for (const link of document.querySelectorAll('a[data-filter]')) {
    const target = viewOf(link.dataset.filter);
    link.setAttribute('href', hashOf(target));
    link.onclick = (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      change(target);
      goTo('all');
      $('items-title').focus({ preventScroll: true });
    };
  }

  // Back, Forward, and a fragment that the reader enters.
  addEventListener('hashchange', () => {
    if (location.hash !== '' && !isOurs(location.hash)) return;
    view = viewOf(location.hash.slice(5));
    update();
  });

  // Every row that was found is printed, not only the page that is shown. The headers get no buttons,
  // because browsers do not repeat headers with buttons on every sheet of paper.
  addEventListener('beforeprint', () => {
    if (!document.documentElement.hasAttribute('data-filtered')) return;
    const some = found.slice(0, ${MAX_PRINTED});
    const wanted = facets.filter(([key]) => view[key] !== undefined).map(([key, options]) => document.querySelector('label[for=' + key + ']').textContent + ': ' + options.find(([code]) => code === view[key])[1]);
    if (view.find.trim()) wanted.push('Search: ' + view.find.trim());
    $('printed').textContent = wanted.join('; ') + '. ' + (some.length < found.length ? 'The first ' + count(some.length) + ' of ' : '') + count(found.length) + ' found among ' + count(rows.length) + ' items.';
    headers.forEach((th) => th.replaceChildren(th.textContent));
    fill(some);
  });
  addEventListener('afterprint', () => {
    headers.forEach((th, at) => th.replaceChildren(sorters[at]));
    show();
  });

  for (const part of document.querySelectorAll('#controls, .pager, .scripted')) part.hidden = false;
  $('no-table').hidden = true;
  if (isOurs(location.hash)) view = viewOf(location.hash.slice(5));
  update();
  if (location.hash.startsWith('#all?')) goTo('all');
})();
`;

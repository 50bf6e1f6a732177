// Any two runs, with verdicts.
{
  const { data, state } = attune;
  const { el, section, note, table, select, seconds } = attune.dom;

  // The generator compared older with newer; the other way round everything inverts.
  const inverted = ([oldRow, newRow, verdict, ratio, low, high]) => [
    newRow,
    oldRow,
    [1, 0, 2, 3][verdict],
    1 / ratio,
    high && 1 / high,
    low && 1 / low,
  ];

  // Rows by verdict, in this order, what changed most first.
  const kOrder = [1, 0, 3, 2];
  const byVerdict = (x, y) => kOrder.indexOf(x[2]) - kOrder.indexOf(y[2]) || y[3] - x[3];

  const sortedPairs = new Map();
  const pairOf = (a, b) => {
    const key = `${a} ${b}`;
    if (!sortedPairs.has(key)) {
      const same = (p) => (p.a === a && p.b === b) || (p.a === b && p.b === a);
      const pair = data.comparisons.find(same);
      const rows = pair && (pair.a === a ? [...pair.rows] : pair.rows.map(inverted));
      sortedPairs.set(key, rows ? rows.sort(byVerdict) : null);
    }
    return sortedPairs.get(key);
  };

  // What there is most to say of: the pair with the most intervals, which runs of few samples lack.
  let fullest;
  const fullestPair = () => {
    if (fullest === undefined) {
      const intervals = (pair) => pair.rows.filter((row) => row[4] !== null).length;
      const [best] = data.comparisons
        .map((pair) => [pair, intervals(pair)])
        .sort(([x, xs], [y, ys]) => ys - xs || y.rows.length - x.rows.length)
        .map(([pair]) => pair);
      fullest = best ? [best.a, best.b] : [0, Math.min(1, data.files.length - 1)];
    }
    return fullest;
  };

  const chosenFiles = () => {
    const paths = data.files.map((file) => file.path);
    const a = paths.indexOf(state.get("old"));
    const b = paths.indexOf(state.get("new"));
    if (a >= 0 && b >= 0) return [a, b];
    return fullestPair();
  };

  const colors = () => ["good", "bad", "same", "unsure"].map((name) => attune.charts.color(name));

  const kMostRatios = 600;
  const ends = (ordered) =>
    ordered.length <= kMostRatios
      ? ordered
      : [...ordered.slice(0, kMostRatios / 2), ...ordered.slice(-kMostRatios / 2)];

  // Ratios with their intervals, sorted: what moved stands at the ends, and of many rows only those
  // are drawn.
  const ratioChart = (rows) => {
    const all = rows.filter((r) => r[4] !== null).sort((a, b) => a[3] - b[3]);
    if (all.length === 0) return note("Too few samples for intervals.");
    const ordered = ends(all);
    const palette = colors();
    const bar = (_params, api) => {
      const ends = [
        api.coord([api.value(0), api.value(2)]),
        api.coord([api.value(0), api.value(3)]),
      ];
      return {
        type: "line",
        shape: { x1: ends[0][0], y1: ends[0][1], x2: ends[1][0], y2: ends[1][1] },
        style: { stroke: palette[api.value(4)], lineWidth: 2 },
      };
    };
    const points = ordered.map((r, i) => ({
      value: [i, r[3], r[4], r[5], r[2]],
      name: data.text("name", r[1]),
    }));
    const option = {
      legend: { show: false },
      xAxis: {
        type: "category",
        data: ordered.map((_, i) => i),
        axisLabel: { show: false },
        splitLine: { show: false },
      },
      yAxis: { type: "value", name: "new / old", scale: true },
      tooltip: {
        trigger: "item",
        formatter: (p) =>
          `${p.name}\n${p.value[1].toFixed(4)} (${p.value[2].toFixed(4)} to ${p.value[3].toFixed(4)})\n${data.verdictNames[p.value[4]]}`,
      },
      series: [
        {
          type: "custom",
          renderItem: bar,
          data: points,
          encode: { x: 0, y: [2, 3] },
          silent: true,
        },
        {
          type: "scatter",
          data: points,
          symbolSize: 7,
          itemStyle: { color: (p) => palette[p.value[4]] },
          markLine: {
            silent: true,
            symbol: "none",
            data: [{ yAxis: 1 }],
            lineStyle: { color: attune.charts.color("faint") },
            label: { show: false },
          },
        },
      ],
    };
    return el(
      "div",
      {},
      attune.charts.chart(option, { label: "Ratios with intervals" }),
      ordered.length < all.length
        ? note(`The ${kMostRatios} that moved most of ${all.length}: all are in the table.`)
        : null,
    );
  };

  const samplesChart = (row) => {
    const points = (index, y) =>
      (data.value("samples", index) || []).map((s, i) => [s * 1e3, y + 0.12 * Math.sin(7 * i)]);
    const option = {
      legend: { show: false },
      grid: { left: 60, right: 24, top: 12, bottom: 44 },
      xAxis: { type: "value", scale: true, name: "ms", nameLocation: "middle", nameGap: 26 },
      yAxis: {
        type: "value",
        min: 0.5,
        max: 2.5,
        interval: 1,
        axisLabel: {
          formatter: (v) =>
            ({ 1: "new", 2: "old" })[Math.round(v)] && Number.isInteger(v)
              ? { 1: "new", 2: "old" }[v]
              : "",
        },
      },
      tooltip: {
        trigger: "item",
        formatter: (p) => `${p.seriesName}: ${seconds(p.value[0] / 1e3)}`,
      },
      series: [
        {
          name: "old",
          type: "scatter",
          data: points(row[0], 2),
          symbolSize: 7,
          itemStyle: { opacity: 0.6 },
        },
        {
          name: "new",
          type: "scatter",
          data: points(row[1], 1),
          symbolSize: 7,
          itemStyle: { opacity: 0.6 },
        },
      ],
    };
    return attune.charts.chart(option, { label: "Samples" });
  };

  const controls = (a, b) => {
    const options = data.files.map((file) => [
      file.path,
      `${file.path}  ${file.commit.slice(0, 9)}`,
    ]);
    const set = (key) => (value) =>
      state.set({ old: data.files[a].path, new: data.files[b].path, [key]: value, row: "" });
    return el(
      "div",
      { class: "controls" },
      select("old", options, data.files[a].path, set("old"), "compare-old"),
      select("new", options, data.files[b].path, set("new"), "compare-new"),
      el(
        "button",
        {
          type: "button",
          onclick: () => state.set({ old: data.files[b].path, new: data.files[a].path }),
        },
        "Swap",
      ),
    );
  };

  const counts = (rows) =>
    el(
      "p",
      {},
      ...data.verdictNames.map((name, v) =>
        el("span", { class: name }, `${rows.filter((r) => r[2] === v).length} ${name}\u2003`),
      ),
    );

  const verdictTable = (rows, chosen) => {
    const right = (text) => ({ text, number: true });
    const titles = [
      "benchmark",
      right("old"),
      right("new"),
      right("new / old"),
      right("interval"),
      "verdict",
    ];
    const rowOf = (i) => {
      const [oldRow, newRow, verdict, ratio, low, high] = rows[i];
      const name = data.verdictNames[verdict];
      return [
        el("td", { class: "name" }, data.text("name", newRow)),
        seconds(data.value("median", oldRow)),
        seconds(data.value("median", newRow)),
        ratio.toFixed(4),
        low === null ? "too few samples" : `${low.toFixed(4)} to ${high.toFixed(4)}`,
        el("td", { class: name }, name),
      ];
    };
    return table(
      titles,
      rows.length,
      rowOf,
      (i) => state.set({ row: data.text("name", rows[i][1]) }),
      chosen,
    );
  };

  const render = () => {
    if (data.files.length < 2) return [note("There are no two runs to compare.")];
    const [a, b] = chosenFiles();
    const pair = a === b ? null : pairOf(a, b);
    const explain = `New times over old, with ${(data.verdict.confidence * 100).toFixed(1)} % intervals by the Wilcoxon-Mann-Whitney test on the raw samples; SAME lies within ${(data.verdict.bound * 100).toFixed(1)} %.`;
    if (!pair) {
      const why =
        data.comparisons_left_out > 0
          ? "These runs have nothing in common, or were left out because there are too many pairs"
          : "These runs have nothing in common";
      return [
        section(
          "Comparison of two runs",
          controls(a, b),
          note(
            `${why}. On the command line: tools/bazel run //benchmarks:compare -- OLD.json NEW.json`,
          ),
        ),
      ];
    }
    const rows = pair.filter((r) => state.passes(r[1]) || state.passes(r[0]));
    if (rows.length === 0)
      return [
        section(
          "Comparison of two runs",
          controls(a, b),
          note("Nothing they have in common passes the filters."),
        ),
      ];
    const chosen = Math.max(
      0,
      rows.findIndex((r) => data.text("name", r[1]) === state.get("row")),
    );
    return [
      section(
        "Comparison of two runs",
        controls(a, b),
        note(explain),
        counts(rows),
        ratioChart(rows),
      ),
      section("Verdicts", verdictTable(rows, chosen)),
      section(`Samples of ${data.text("name", rows[chosen][1])}`, samplesChart(rows[chosen])),
    ];
  };

  attune.views.compare = { title: "Compare", render };
}

// Charts of ECharts in the page's colours.
{
  const { el } = attune.dom;
  const kPalette = {
    light: ["#2458c5", "#d1495b", "#1b8a5a", "#b7791f", "#7b4fc9", "#0e8ea3", "#8c564b", "#5d6877"],
    dark: ["#82aaff", "#ff8a80", "#5fd08f", "#f2c14e", "#c29bff", "#5ad1e0", "#d7a58f", "#9ba7b6"],
  };
  let live = [];

  const color = (name) =>
    getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  // A rival has one colour wherever it is drawn.
  const rivals = attune.data.distinct("rival").filter((name) => !name.includes("/"));
  const rivalColor = (name) => {
    const palette = kPalette[document.documentElement.dataset.theme];
    return palette[Math.max(0, rivals.indexOf(name)) % palette.length];
  };

  const axisColors = (axis) => ({
    nameTextStyle: { color: color("faint") },
    ...axis,
    axisLabel: { color: color("faint"), ...axis.axisLabel },
    axisLine: { lineStyle: { color: color("line") } },
    splitLine: { lineStyle: { color: color("line"), opacity: 0.6 }, ...axis.splitLine },
  });

  const themed = (option) => {
    const result = {
      animation: false,
      backgroundColor: "transparent",
      color: kPalette[document.documentElement.dataset.theme],
      textStyle: { fontFamily: "system-ui, sans-serif", color: color("ink") },
      grid: { left: 64, right: 24, top: 58, bottom: 44 },
      ...option,
      // Rich text is drawn, not parsed: names of benchmarks cannot be markup.
      tooltip: {
        renderMode: "richText",
        backgroundColor: color("card"),
        borderColor: color("line"),
        textStyle: { color: color("ink"), fontSize: 12 },
        confine: true,
        ...option.tooltip,
      },
      legend: {
        type: "scroll",
        top: 0,
        itemWidth: 16,
        itemGap: 8,
        textStyle: { color: color("ink"), fontSize: 11 },
        ...option.legend,
      },
    };
    for (const key of ["xAxis", "yAxis"]) if (option[key]) result[key] = axisColors(option[key]);
    return result;
  };

  // An element that draws `option` once it stands in the page. `ready`, if given, gets the chart.
  const chart = (option, { tall = false, label = "Chart", ready = null } = {}) => {
    const element = el("div", {
      class: tall ? "chart tall" : "chart",
      role: "img",
      "aria-label": label,
    });
    requestAnimationFrame(() => {
      if (!element.isConnected) return;
      const instance = echarts.init(element, null, { renderer: "canvas" });
      instance.setOption(themed(option));
      live.push(instance);
      ready?.(instance);
    });
    return element;
  };

  // Before the elements of a view are dropped.
  const disposeAll = () => {
    for (const instance of live) instance.dispose();
    live = [];
  };

  const resizeAll = () => {
    for (const instance of live) instance.resize();
  };
  addEventListener("resize", resizeAll);
  addEventListener("beforeprint", resizeAll);

  attune.charts = { chart, color, rivalColor, disposeAll };
}

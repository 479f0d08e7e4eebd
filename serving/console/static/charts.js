// Charts from data that stands in the page. Each has a function of its own, named by data-chart.
"use strict";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const axis = () => ({ axisLine: { lineStyle: { color: colour("--line") } }, axisLabel: { color: colour("--soft") }, splitLine: { lineStyle: { color: colour("--line") } } });
const base = () => ({ grid: { left: 44, right: 44, top: 28, bottom: 28 }, textStyle: { color: colour("--ink") }, tooltip: { trigger: "axis", renderMode: "richText" }, animation: false });

const charts = {
  growth: (rows) => ({ ...base(), legend: { textStyle: { color: colour("--soft") } },
    xAxis: { type: "category", data: rows.map((r) => r[0]), ...axis() }, yAxis: [{ type: "value", minInterval: 1, ...axis() }, { type: "value", minInterval: 1, ...axis(), splitLine: { show: false } }],
    series: [{ name: "当日", type: "bar", barMaxWidth: 36, data: rows.map((r) => r[1]), itemStyle: { color: colour("--deed") } }, { name: "累计", type: "line", yAxisIndex: 1, data: rows.map((r) => r[2]), itemStyle: { color: colour("--warn") }, showSymbol: false }] }),
  bars: (rows) => ({ ...base(), grid: { left: 150, right: 40, top: 8, bottom: 24 }, xAxis: { type: "value", minInterval: 1, ...axis() },
    yAxis: { type: "category", inverse: true, data: rows.map((r) => r[0]), ...axis() }, series: [{ type: "bar", data: rows.map((r) => r[1]), itemStyle: { color: colour("--deed") }, label: { show: true, position: "right", color: colour("--soft") } }] }),
  columns: (rows) => ({ ...base(), xAxis: { type: "category", data: rows.map((r) => r[0]), ...axis() }, yAxis: { type: "value", minInterval: 1, ...axis() },
    series: [{ type: "bar", data: rows.map((r) => r[1]), itemStyle: { color: colour("--deed") } }] }),
};

addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    const data = JSON.parse(document.getElementById(place.dataset.from || place.dataset.chart).textContent);
    const chart = echarts.init(place, null, { renderer: "svg" });
    chart.setOption(charts[place.dataset.kind || place.dataset.chart](data));
    addEventListener("resize", () => chart.resize());
  }
});

# 常用命令；`make run` 与 `make test` 会自行建立环境，其余依赖 `make setup`。
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# 预编译的 .pyc 会让安装大三分之一；用到的模块在首次运行时再编译。
PIP_INSTALL := $(BIN)/pip install -q --no-compile --disable-pip-version-check

.PHONY: run setup test lint types fit serve ci

run: $(BIN)/jiesu  ## 安装并演示主流程：一件工单、一份文件
	$(BIN)/jiesu route "昌平区天通苑北地铁站外的便道被共享单车占满，盲道也压住了，请企业来清理"
	$(BIN)/jiesu relabel examples/tickets.csv $(VENV)/tickets.labelled.csv --overwrite
	@echo "结果：$(VENV)/tickets.labelled.csv；报告：$(VENV)/tickets.labelled.csv.report.html"

setup: $(BIN)/pytest  ## 安装开发环境

# 起服务、开浏览器的测试有时限，一件一件来；其余的有几个核就开几个进程。
test: $(BIN)/pytest  ## 安装并运行全部测试
	$(BIN)/python -m pytest tests/unit tests/golden -n auto --maxprocesses 4 --dist loadfile
	$(BIN)/python -m pytest --ignore=tests/unit --ignore=tests/golden

lint: $(BIN)/pytest  ## 代码风格与导入规则
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(BIN)/pytest  ## 类型检查
	$(BIN)/mypy

fit: $(BIN)/jiesu  ## 用城市包重新训练随附的快速模型
	$(BIN)/jiesu train --out data/models/beijing-fast

serve: $(BIN)/jiesu  ## 启动 HTTP 服务（仅本机）
	$(BIN)/jiesu serve

ci: test lint types  ## 提交前的全部检查

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(BIN)/jiesu: $(BIN)/python pyproject.toml
	$(PIP_INSTALL) -e .
	@touch $@

$(BIN)/pytest: $(BIN)/python pyproject.toml
	$(PIP_INSTALL) -e '.[encoder,jieba,dev]'
	@touch $(BIN)/jiesu $@

"""What the lists of what comes next look like in the description of the interface."""

from datetime import date

from pydantic import BaseModel, Field


class ThemeOut(BaseModel):
    """One class of the month's themes."""

    rank: int
    code: str
    name: str = Field(description="事项全路径")
    score: float
    count: int = Field(description="当月件数")
    before: int = Field(description="对比月件数")
    growth: float = Field(description="增长，0.5 为增长一半")
    against: str = Field(description="与谁比：year 去年同月，month 上月，空为无从比较")
    districts: int = Field(description="涉及几个区")
    unsolved: float | None = Field(description="回访未解决的比例；没有回访为 null")
    months: int = Field(description="近十二个月中有几个月高频")
    units: list[str] = Field(description="主管单位类别，牵头的在前")
    evidence: str = Field(description="一句话依据")


class ThemesOut(BaseModel):
    """The themes of a month, best first."""

    items: list[ThemeOut]


class SubdistrictOut(BaseModel):
    """One subdistrict under care, or one that left the list."""

    region: str
    rank: int
    count: int = Field(description="当月诉求量")
    before: int = Field(description="在上月名单上时的诉求量；不在为 0")
    people: int | None = Field(description="人口；不知道为 null")
    why: str = Field(description="列入或退出的原因")
    change: str = Field(description="new 新列入、stays 仍在、left 退出")


class SubdistrictsOut(BaseModel):
    """The list of a month."""

    items: list[SubdistrictOut]
    note: str = Field(description="名单缺什么，如没有人口数据；不缺为空")


class HorizonOut(BaseModel):
    """Expected requests of the first days."""

    days: int
    expected: float
    low: float = Field(description="九成把握的下限")
    high: float = Field(description="九成把握的上限")
    naive: float = Field(description="季节朴素法：去年（不足一年则上周）同日")


class ForecastItemOut(BaseModel):
    """The forecast of one class."""

    code: str
    name: str
    district: str = Field(description="空为全市")
    a_day: float = Field(description="近四周日均")
    horizons: list[HorizonOut]
    uses_naive: bool = Field(description="检验中不优于季节朴素法，已改用它")
    mase: float | None = Field(description="检验误差 MASE；历史太短为 null")
    mase_naive: float | None
    verdict: str
    daily: list[tuple[date, float, float, float, float]] = Field(
        description="每天：日期、预期、下限、上限、季节朴素法"
    )


class ForecastOut(BaseModel):
    """Forecasts, most frequent class first."""

    items: list[ForecastItemOut]


class WordOut(BaseModel):
    """One hot or new word."""

    word: str
    now: int = Field(description="本期几条用到")
    before: int = Field(description="上期几条用到")
    strength: float = Field(description="对数似然比；10.8 以上偶然的可能不到千分之一")
    is_new: bool


class WordsOut(BaseModel):
    """Hot and new words, strongest first."""

    items: list[WordOut]


class SensitiveWordOut(BaseModel):
    """One sensitive word that tickets use."""

    kind: str = Field(description="mass.yaml 中的组名，如 danger 险情、crowd 聚集、public 舆情")
    word: str
    messages: int = Field(description="几件工单用到")
    ids: list[str] = Field(description="最近用到的工单，新的在前")


class SensitiveOut(BaseModel):
    """Sensitive words, commonest first within each kind."""

    items: list[SensitiveWordOut]


class PartyOut(BaseModel):
    """One complained-about party."""

    name: str
    messages: int
    callers: int
    first: date
    last: date
    trend: float = Field(description="后半期来电人数与前半期之比")
    codes: list[str]
    classes: list[str] = Field(description="主要事项")


class PartiesOut(BaseModel):
    """Complained-about parties, most callers first."""

    items: list[PartyOut]

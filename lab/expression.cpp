// expression.cpp - the cluster query language of placement constraints and list filters; pure.
#include "lab/expression.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <regex>

namespace berth::lab {

namespace {

/// An expression longer than this is refused; the service's own limit is 2000.
constexpr std::size_t kLongest = 2000;
constexpr int kDeepest = 32;

enum class Operator {
  Equal,
  NotEqual,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  Exists,
  NotExists,
  In,
  NotIn,
  Matches,
  NotMatches
};

const std::map<std::string_view, Operator>& operators() {
  static const std::map<std::string_view, Operator> known = {
      {"==", Operator::Equal},
      {"equals", Operator::Equal},
      {"!=", Operator::NotEqual},
      {"not_equals", Operator::NotEqual},
      {">", Operator::Greater},
      {"greater_than", Operator::Greater},
      {">=", Operator::GreaterEqual},
      {"greater_than_equal", Operator::GreaterEqual},
      {"<", Operator::Less},
      {"less_than", Operator::Less},
      {"<=", Operator::LessEqual},
      {"less_than_equal", Operator::LessEqual},
      {"exists", Operator::Exists},
      {"!exists", Operator::NotExists},
      {"not_exists", Operator::NotExists},
      {"in", Operator::In},
      {"!in", Operator::NotIn},
      {"not_in", Operator::NotIn},
      {"=~", Operator::Matches},
      {"matches", Operator::Matches},
      {"!~", Operator::NotMatches},
      {"not_matches", Operator::NotMatches},
  };
  return known;
}

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Below, equal or above 0; by number when both are numbers.
int compared(const std::string& left, const std::string& right) {
  const auto a = number_of(left);
  const auto b = number_of(right);
  if (a && b) return *a < *b ? -1 : *a > *b ? 1 : 0;
  return left.compare(right);
}

bool in(const std::vector<std::string>& wanted, const std::string& value) {
  return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

}  // namespace

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> whole() {
    if (text_.size() > kLongest) return bad("longer than 2000 characters");
    BERTH_TRY(Expression::Test test, either(0));
    skip_space();
    if (at_ != text_.size()) return bad("unexpected text");
    return Expression(std::move(test));
  }

 private:
  using Test = Expression::Test;

  Error bad(std::string_view why) const {
    return {Errc::Invalid, 0,
            "expression \"" + std::string(text_) + "\": " + std::string(why) + " at character " +
                std::to_string(at_ + 1)};
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool take(std::string_view symbol) {
    skip_space();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }

  /// A word as whole: `and` is not taken from `android`.
  bool take_word(std::string_view word) {
    const std::size_t before = at_;
    if (!take(word)) return false;
    if (at_ == text_.size() || text_[at_] == ' ' || text_[at_] == '(') return true;
    at_ = before;
    return false;
  }

  Result<Test> either(int depth) {
    if (depth > kDeepest) return bad("too deeply nested");
    BERTH_TRY(Test left, both(depth));
    while (take("||") || take_word("or")) {
      BERTH_TRY(Test right, both(depth));
      left = [a = std::move(left), b = std::move(right)](const Subject& s) { return a(s) || b(s); };
    }
    return left;
  }

  Result<Test> both(int depth) {
    BERTH_TRY(Test left, single(depth));
    while (take("&&") || take_word("and")) {
      BERTH_TRY(Test right, single(depth));
      left = [a = std::move(left), b = std::move(right)](const Subject& s) { return a(s) && b(s); };
    }
    return left;
  }

  Result<Test> single(int depth) {
    if (depth > kDeepest) return bad("too deeply nested");
    if (take_word("not") || take("!")) {
      BERTH_TRY(Test inner, single(depth + 1));
      return Test([a = std::move(inner)](const Subject& s) { return !a(s); });
    }
    if (take("(")) {
      BERTH_TRY(Test inner, either(depth + 1));
      if (!take(")")) return bad("\")\" is missing");
      return inner;
    }
    return comparison();
  }

  Result<Test> comparison() {
    BERTH_TRY(std::string subject, word("a subject"));
    BERTH_TRY(Operator op, comparison_operator());
    switch (op) {
      case Operator::Exists:
        return Test([subject](const Subject& s) { return !s(subject).empty(); });
      case Operator::NotExists:
        return Test([subject](const Subject& s) { return s(subject).empty(); });
      case Operator::In:
      case Operator::NotIn: return membership(subject, op == Operator::In);
      case Operator::Matches:
      case Operator::NotMatches: return match(subject, op == Operator::Matches);
      default: return order(subject, op);
    }
  }

  Result<Test> membership(const std::string& subject, bool wanted_in) {
    if (!take("[")) return bad("a list in [] is expected");
    std::vector<std::string> wanted;
    do {
      BERTH_TRY(std::string value, word("a value"));
      wanted.push_back(std::move(value));
    } while (take(","));
    if (!take("]")) return bad("\"]\" is missing");
    return Test([subject, wanted, wanted_in](const Subject& s) {
      const auto values = s(subject);
      const bool found = std::any_of(values.begin(), values.end(),
                                     [&wanted](const auto& value) { return in(wanted, value); });
      return found == wanted_in;
    });
  }

  Result<Test> match(const std::string& subject, bool wanted_match) {
    BERTH_TRY(std::string pattern, word("a pattern"));
    std::regex compiled;
    try {
      compiled.assign(pattern);
    } catch (const std::regex_error&) {
      return bad("not a regular expression");
    }
    return Test([subject, compiled, wanted_match](const Subject& s) {
      const auto values = s(subject);
      const bool found = std::any_of(values.begin(), values.end(), [&compiled](const auto& value) {
        return std::regex_match(value, compiled);
      });
      return found == wanted_match;
    });
  }

  Result<Test> order(const std::string& subject, Operator op) {
    BERTH_TRY(std::string wanted, word("a value"));
    return Test([subject, wanted, op](const Subject& s) {
      const auto values = s(subject);
      auto fits = [&wanted, op](const std::string& value) {
        const int sign = compared(value, wanted);
        switch (op) {
          case Operator::Greater: return sign > 0;
          case Operator::GreaterEqual: return sign >= 0;
          case Operator::Less: return sign < 0;
          case Operator::LessEqual: return sign <= 0;
          default: return sign == 0;
        }
      };
      const bool any = std::any_of(values.begin(), values.end(), fits);
      return op == Operator::NotEqual ? !any : any;
    });
  }

  Result<Operator> comparison_operator() {
    skip_space();
    // The longest that fits: ">=" before ">".
    const std::pair<const std::string_view, Operator>* best = nullptr;
    for (const auto& known : operators()) {
      if (!text_.substr(at_).starts_with(known.first)) continue;
      if (!best || known.first.size() > best->first.size()) best = &known;
    }
    if (!best) return bad("an operator is expected");
    at_ += best->first.size();
    return best->second;
  }

  Result<std::string> word(std::string_view what) {
    skip_space();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const auto end = text_.find(text_[at_], at_ + 1);
      if (end == std::string_view::npos) return bad("the quote is not closed");
      const std::string inner(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end + 1;
      return inner;
    }
    const std::size_t start = at_;
    constexpr std::string_view kEnd = " \t()[],=!<>&|";
    while (at_ < text_.size() && kEnd.find(text_[at_]) == std::string_view::npos) ++at_;
    if (at_ == start) return bad(std::string(what) + " is expected");
    return std::string(text_.substr(start, at_ - start));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Result<Expression> Expression::parse(std::string_view text) {
  return ExpressionParser(text).whole();
}

}  // namespace berth::lab

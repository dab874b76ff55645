import Testing

@testable import Pretrain

@Suite struct CourseTests {
  @Test func factsBringBackTheSameCourse() {
    var course = Course()
    course.training = [.init(step: 1, value: 0.1), .init(step: 2, value: 1.0 / 3)]
    course.validation = [.init(step: 2, value: 3)]
    course.sum = 0.7
    course.count = 3
    #expect(Course(facts: course.facts) == course)
    #expect(Course(facts: ["training": []]) == nil)
  }
}

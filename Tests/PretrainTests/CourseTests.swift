import Testing

@testable import Pretrain

@Suite struct CourseTests {
  @Test func factsBringBackTheSameCourse() {
    var course = Course()
    course.append(.validation, 1, 1.0 / 3)
    course.add(loss: 0.1, stateLoss: 0.4, norm: 2, keeping: 2)
    course.add(loss: 0.1, norm: 2, keeping: 2)
    course.endPoint(at: 1, learningRate: 1e-5)
    #expect(course[.trainingStates].map(\.value) == [0.4], "of the steps that had states to guess")
    course.add(loss: 0.7, stateLoss: 0.3, norm: 1.0 / 7, keeping: 2)
    course.add(loss: 0.8, norm: 3, keeping: 2)
    #expect(course.recent == [0.7, 0.8])
    #expect(Course(facts: course.facts) == course)
    #expect(Course(facts: ["training": []]) == nil)
  }

  @Test func aStepWithoutTokensToGuessIsNoLossOfZero() {
    var course = Course()
    course.add(loss: 3, norm: 1, keeping: 9)
    course.add(loss: nil, norm: 0, keeping: 9)
    #expect(Course(facts: course.facts) == course)
    course.endPoint(at: 2, learningRate: 1)
    #expect(course[.training].map(\.value) == [3] && course[.gradientNorm].map(\.value) == [0.5])
    #expect(course.recent == [3])
    course.add(loss: nil, norm: 0, keeping: 9)
    course.endPoint(at: 3, learningRate: 1)
    #expect(course[.training].map(\.step) == [2] && course[.learningRate].map(\.step) == [2, 3])
  }
}
